/** What is frozen of one task at an impression. Numbers are single precision, so that a stored copy equals the original. */
export interface FrozenTask {
  readonly alpha: number
  readonly beta: number
  readonly effectiveSampleSize: number
  readonly gamma: number
  readonly algorithmGamma: number
  readonly trials: number
  readonly successes: number
  /** The extractor's prediction p_k, STAN equation 9; 0.5 before the first bundle. */
  readonly predicted: number
}

/** A user's features as they were before the impression was folded in. Immutable once made. */
export interface FrozenFeatures {
  readonly stage: number
  readonly stageProbabilities: readonly number[]
  /** (F) */
  readonly tokens: Int32Array
  /** (Z), see state-numbers.ts */
  readonly numbers: Float32Array
  readonly tasks: readonly FrozenTask[]
  readonly bundleVersion: number
}
