import type { RankerSettings } from './ranker-settings.ts'

/** A task whose base rate is below 0.45 % or so weighs no more: single positives would drive the shared experts. */
const MOST = 20

/**
 * What each task's terms of the loss weigh, (T): 1, or ln 2 / H(base rate) in nats, so that a task that is easy to
 * predict because it is rare pulls as much as an even one. gamma does the opposite: it is close to the base rate itself.
 * `labelMeans` (T) are the population's base rates; what is trained on has `negativeShares` of the negatives.
 */
export function taskWeights(settings: RankerSettings, labelMeans: readonly number[]): number[] {
  const { tasks, negativeShares } = settings
  if (settings.taskWeights === 'equal') return tasks.map(() => 1)
  return tasks.map((task, k) => {
    const negatives = (1 - labelMeans[k]) * (negativeShares[task] ?? 1)
    return Math.min(MOST, Math.LN2 / entropyOf(labelMeans[k] / (labelMeans[k] + negatives)))
  })
}

/** Entropy of a Bernoulli variable in nats; 0 at both ends. */
function entropyOf(rate: number): number {
  if (!(rate > 0 && rate < 1)) return 0
  return -rate * Math.log(rate) - (1 - rate) * Math.log1p(-rate)
}
