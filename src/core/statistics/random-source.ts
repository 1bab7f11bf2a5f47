/** Where variates take their uniforms from. Core has no randomness of its own: a source is always an argument. */
export interface RandomSource {
  /** Uniform in the open interval (0, 1). */
  next(): number
}
