import type { TrainingExample } from '../contracts/training-example.ts'
import type { ExtractorWeights } from '../contracts/model-bundle.ts'
import { extractInFull } from './full-extractor.ts'

/**
 * Log loss of the labels by the left branch's p_k (equation 9), in nats, mean over tasks of the mean over rows whose
 * label is known; NaN where none is. It judges an extractor on rows that it was not trained on.
 */
export function preferenceLoss(weights: ExtractorWeights, examples: readonly TrainingExample[]): number {
  const { taskCount: T } = weights
  const sums = new Float64Array(T)
  const counts = new Float64Array(T)
  for (const { stateTokens, tasks } of examples) {
    const { predictions } = extractInFull(weights, stateTokens)
    for (let k = 0; k < T; k++) {
      const { trial, label } = tasks[k]
      if (!trial || Number.isNaN(label)) continue
      const likely = label >= 0.5 ? predictions[k] : 1 - predictions[k]
      // Math.max would let NaN through as NaN, and it must: broken weights are to be seen.
      sums[k] -= Math.log(likely < 1e-7 ? 1e-7 : likely)
      counts[k]++
    }
  }
  const means = [...sums].flatMap((sum, k) => (counts[k] > 0 ? [sum / counts[k]] : []))
  return means.reduce((total, mean) => total + mean, 0) / means.length
}
