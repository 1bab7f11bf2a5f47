import { gammaVariate, logGammaVariate } from './gamma-variate.ts'
import type { RandomSource } from './random-source.ts'

/**
 * Beta(alpha, beta) variate in [0, 1] from two gamma variates. Below shape 1 both gammas may underflow, so their ratio
 * is taken between logarithms. Throws RangeError unless both shapes are positive and finite.
 */
export function betaVariate(alpha: number, beta: number, random: RandomSource): number {
  if (alpha >= 1 && beta >= 1) {
    const success = gammaVariate(alpha, random)
    return success / (success + gammaVariate(beta, random))
  }
  const logSuccess = logGammaVariate(alpha, random)
  const logFailure = logGammaVariate(beta, random)
  return 1 / (1 + Math.exp(logFailure - logSuccess))
}
