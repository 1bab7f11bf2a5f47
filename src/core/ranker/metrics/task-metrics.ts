import type { Prediction } from '../../contracts/prediction.ts'
import { auc } from './auc.ts'
import { expectedCalibrationError, predictedOverObserved } from './calibration.ts'
import { logLoss } from './log-loss.ts'

/** Metrics of one task. NaN where there are not both classes (AUC), no positive (PCOC) or no examples. */
export interface TaskMetrics {
  readonly auc: number
  readonly logLoss: number
  readonly ece: number
  readonly pcoc: number
  readonly positives: number
  readonly examples: number
}

/** Scores and labels of the task at index k, where its trial happened and the label is known. */
export function scoredLabels(predictions: Iterable<Prediction>, k: number): { scores: number[]; labels: number[] } {
  const scores: number[] = []
  const labels: number[] = []
  for (const { tasks } of predictions) {
    const { trial, score, label } = tasks[k]
    if (!trial || Number.isNaN(label)) continue
    scores.push(score)
    labels.push(label)
  }
  return { scores, labels }
}

/** Metrics of the task at index k. */
export function taskMetrics(predictions: Iterable<Prediction>, k: number): TaskMetrics {
  const { scores, labels } = scoredLabels(predictions, k)
  return {
    auc: auc(scores, labels),
    logLoss: logLoss(scores, labels),
    ece: expectedCalibrationError(scores, labels),
    pcoc: predictedOverObserved(scores, labels),
    positives: labels.reduce((sum, label) => sum + label, 0),
    examples: labels.length,
  }
}
