import type { RankerSettings } from './ranker-settings.ts'

/**
 * Learning rate of a batch (`step` counts from 1): rises over `warmupBatches`, then falls with the inverse square root
 * (Vaswani et al. 2017, section 5.3) to `learningRateFloor` of the full rate and stays there. An endless stream must go
 * on learning, so it never ends at 0.
 */
export function learningRateAt(
  step: number,
  { learningRate, warmupBatches, learningRateFloor }: RankerSettings,
): number {
  if (step < warmupBatches) return (learningRate * step) / warmupBatches
  return learningRate * Math.max(learningRateFloor, Math.sqrt(Math.max(1, warmupBatches) / step))
}
