/** Scores are kept this far from 0, so that one sure "no" does not decide alone. */
const FLOOR = 1e-7

/**
 * One score from those of the tasks (T), each in [0,1]: their weighted geometric mean, exp(sum w_k ln p_k / sum w_k). It
 * is in [0,1], does not depend on the scale of the weights, and a task of weight 0 takes no part. NaN when all weights
 * are 0.
 */
export function fuseScores(scores: ArrayLike<number>, weights: readonly number[]): number {
  let sum = 0
  let total = 0
  for (let k = 0; k < weights.length; k++) {
    if (weights[k] === 0) continue
    sum += weights[k] * Math.log(Math.max(FLOOR, scores[k]))
    total += weights[k]
  }
  return Math.exp(sum / total)
}
