import { stirlingCorrection } from './stirling-correction.ts'

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/**
 * ln Gamma(x) for x > 0: shifted to x >= 10 by the recurrence, then Stirling's series (DLMF 5.11.1). Absolute error
 * below 1e-14 for x < 10, relative error below 1e-15 above. Throws RangeError for x <= 0 and NaN.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`Cannot take the log gamma of ${x}: it must be positive`)
  if (x === Infinity) return Infinity
  let product = 1
  let shifted = x
  while (shifted < 10) {
    product *= shifted
    shifted += 1
  }
  const stirling = (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + stirlingCorrection(shifted)
  return product === 1 ? stirling : stirling - Math.log(product)
}
