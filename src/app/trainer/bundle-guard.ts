import { preferenceLoss } from '../../core/attention/preference-loss.ts'
import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'

/** Examples of the last batch that a bundle is judged on: enough to see a broken one, and cheap beside the batch. */
const JUDGED = 256

/**
 * Why the candidate must not take the current bundle's place, or null. Both extractors predict the labels of examples
 * that came after the candidate was made; it may be worse by the share `tolerance`.
 */
export function reasonAgainst(
  candidate: ModelBundle,
  current: ModelBundle,
  examples: readonly TrainingExample[],
  tolerance: number,
): string | null {
  const judged = examples.filter(({ kind }) => kind === 'final').slice(0, JUDGED)
  const before = preferenceLoss(current.extractor, judged)
  const after = preferenceLoss(candidate.extractor, judged)
  // No example with a label: nothing speaks against it.
  if (Number.isNaN(before)) return null
  if (after <= before * (1 + tolerance)) return null
  return `its log loss on the next ${judged.length} examples is ${after.toFixed(4)}, the current one's ${before.toFixed(4)}`
}
