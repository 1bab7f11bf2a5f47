import { ascendingOrder } from './auc.ts'

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
  const order = ascendingOrder(scores)
  const rows = order.length
  if (rows === 0) return Number.NaN
  let error = 0
  for (let bin = 0; bin < bins; bin++) {
    const from = Math.floor((bin * rows) / bins)
    const to = Math.floor(((bin + 1) * rows) / bins)
    let predicted = 0
    let observed = 0
    for (let at = from; at < to; at++) {
      predicted += scores[order[at]]
      observed += labels[order[at]]
    }
    error += Math.abs(predicted - observed) / rows
  }
  return error
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
