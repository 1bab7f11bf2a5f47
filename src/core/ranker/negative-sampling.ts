import type { TrainingExample } from '../contracts/training-example.ts'
import { hashString } from '../statistics/hash-string.ts'
import type { RankerSettings } from './ranker-settings.ts'

/** Whether a task's negative is trained on; drawn by the example's id, so that a replay draws the same. */
export function keepsNegative(example: TrainingExample, task: string, settings: RankerSettings): boolean {
  const share = settings.negativeShares[task] ?? 1
  return share >= 1 || hashString(`${task}/${example.exampleId}`, settings.seed) < share * 2 ** 32
}

/**
 * What is added to each task's logit when serving, (T): ln(kept share of the negatives). Leaving out negatives raises the
 * log-odds that the model learns by -ln(share); this takes it back (He et al., ADKDD 2014, section 6.3).
 */
export function samplingOffsets({ tasks, negativeShares }: RankerSettings): number[] {
  return tasks.map((task) => Math.log(negativeShares[task] ?? 1))
}
