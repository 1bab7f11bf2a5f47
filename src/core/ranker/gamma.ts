/** What gamma may be made of. B examples, T tasks; (B, T) row-major but for the mean. */
export interface GammaSources {
  /** Draws from the posterior of Algorithm 1. */
  readonly algorithmDraws: Float32Array
  /** Draws from the posterior of `posterior.mode`, the calibrated one unless configured otherwise. */
  readonly posteriorDraws: Float32Array
  /** p of the left branch, equation 9. */
  readonly preferences: Float32Array
  /** Population mean of the posterior draws, (T). */
  readonly posteriorDrawMeans: readonly number[]
  /** A normalised gamma lies between 1 / gammaBound and gammaBound. */
  readonly gammaBound: number
}

/** gamma of equation 14, (B, T). Plain numbers in and out: behind a stop-gradient, and never asked when serving. */
export type Gamma = (sources: GammaSources) => Float32Array

/** The plain loss: every task of every example weighs the same. */
export const unitGamma: Gamma = ({ posteriorDraws }) => new Float32Array(posteriorDraws.length).fill(1)
