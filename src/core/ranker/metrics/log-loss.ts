/** Scores are kept this far from 0 and 1, so that one confident mistake does not make the mean infinite. */
const CLIP = 1e-7

/** Mean negative log likelihood of binary labels, in nats. NaN for no rows. */
export function logLoss(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < scores.length; i++) {
    const score = Math.min(1 - CLIP, Math.max(CLIP, scores[i]))
    sum -= labels[i] > 0.5 ? Math.log(score) : Math.log1p(-score)
  }
  return scores.length > 0 ? sum / scores.length : Number.NaN
}
