import type { WeightKind } from '../contracts/tracker-settings.ts'
import type { DayBucket } from './day-window.ts'

/**
 * Posterior of STAN's Algorithm 1 over the samples in the window: alpha = 1 + sum w_i p_i, beta = 1 + sum w_i (1 - p_i)
 * with w_i = i (`ordinal`, as printed) or 1 (`unit`). `decayed` weights are not windowed: see evidence.ts.
 */
export function algorithmOne(
  buckets: readonly DayBucket[],
  task: number,
  weight: Exclude<WeightKind, 'decayed'>,
  into: { alpha: number; beta: number },
): void {
  let earlier = 0
  let weightSum = 0
  let successWeight = 0
  for (const bucket of buckets) {
    const samples = bucket.trials[task]
    if (weight === 'ordinal') {
      weightSum += earlier * samples + (samples * (samples + 1)) / 2
      successWeight += earlier * bucket.evidence[task] + bucket.ordinalEvidence[task]
    } else {
      weightSum += samples
      successWeight += bucket.evidence[task]
    }
    earlier += samples
  }
  into.alpha = 1 + successWeight
  // Single-precision sums can pass the exact weight by a rounding step.
  into.beta = 1 + Math.max(0, weightSum - successWeight)
}
