import { reliability } from './reliability.ts'

const BINS = 15

/**
 * Expected calibration error over bins of equal mass: the mean distance between a bin's mean score and its rate of
 * positives, weighted by the bin's rows. NaN for no rows.
 */
export function expectedCalibrationError(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  bins: number = BINS,
): number {
  if (scores.length === 0) return Number.NaN
  return reliability(scores, labels, bins).reduce(
    (error, { score, rate, count }) => error + (Math.abs(score - rate) * count) / scores.length,
    0,
  )
}

/** PCOC, the ratio of predicted to observed positives; 1 is calibrated. NaN without a positive. */
export function predictedOverObserved(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let predicted = 0
  let observed = 0
  for (let i = 0; i < scores.length; i++) {
    predicted += scores[i]
    observed += labels[i]
  }
  return observed > 0 ? predicted / observed : Number.NaN
}
