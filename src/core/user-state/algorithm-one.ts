import type { WeightKind } from '../contracts/tracker-settings.ts'
import type { DayBucket, OlderDays } from './day-window.ts'

/**
 * Posterior of STAN's Algorithm 1 over the samples in the window: alpha = 1 + sum w_i p_i, beta = 1 + sum w_i (1 - p_i)
 * with w_i = i (`ordinal`, as printed) or 1 (`unit`). `decayed` weights are not windowed: see posterior.ts. `newest` is
 * the last day's bucket, undefined when the window is empty.
 */
export function algorithmOne(
  older: OlderDays,
  newest: DayBucket | undefined,
  task: number,
  weight: Exclude<WeightKind, 'decayed'>,
  into: { alpha: number; beta: number },
): void {
  const earlier = older.trials[task]
  const samples = earlier + (newest ? newest.trials[task] : 0)
  const evidence = newest ? newest.evidence[task] : 0
  let weightSum = samples
  let successWeight = older.evidence[task] + evidence
  if (weight === 'ordinal') {
    weightSum = (samples * (samples + 1)) / 2
    successWeight = older.ordinalEvidence[task] + earlier * evidence + (newest ? newest.ordinalEvidence[task] : 0)
  }
  into.alpha = 1 + successWeight
  // Single-precision sums can pass the exact weight by a rounding step.
  into.beta = 1 + Math.max(0, weightSum - successWeight)
}
