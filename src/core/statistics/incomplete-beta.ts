import { betaFactor } from './beta-factor.ts'
import { erfc } from './erfc.ts'
import { logDeviance } from './log-deviance.ts'

/** Above this for both shapes the fraction takes hundreds of steps and the first term of Temme's expansion is enough. */
const LARGE_SHAPE = 1e4
const MAX_STEPS = 10_000
const RESCALE_ABOVE = 1e60

/**
 * The fraction of Didonato and Morris (ACM TOMS 18, 1992, eq. 9), the even part of the usual one: one step does the
 * work of two. Evaluated by the forward recurrence of numerator and denominator: one division a step. `factor` is
 * betaFactor(x, y, a, b). Needs x <= (a + 1) / (a + b + 2).
 */
function evenFraction(x: number, y: number, a: number, b: number, factor: number): number {
  if (factor === 0) return 0
  const drift = a * y - b * x + 1
  const slope = 2 - x
  const square = x * x
  let inverse = 1 / (a + 1)
  let numeratorBefore = 1
  let denominatorBefore = 0
  let numerator = a * drift * inverse
  let denominator = 1
  for (let step = 1; step <= MAX_STEPS; step++) {
    const common = step * (b - step) * inverse
    const partialNumerator = (a + step - 1) * (a + b + step - 1) * common * inverse * square
    inverse = 1 / (a + 2 * step + 1)
    const partialDenominator = step + common * x + (a + step) * (drift + step * slope) * inverse
    const nextNumerator = partialDenominator * numerator + partialNumerator * numeratorBefore
    const nextDenominator = partialDenominator * denominator + partialNumerator * denominatorBefore
    const change = Math.abs(nextNumerator * denominator - numerator * nextDenominator)
    numeratorBefore = numerator
    denominatorBefore = denominator
    numerator = nextNumerator
    denominator = nextDenominator
    if (change <= 1e-15 * Math.abs(numerator * denominatorBefore)) break
    if (Math.abs(numerator) > RESCALE_ABOVE) {
      numerator /= RESCALE_ABOVE
      denominator /= RESCALE_ABOVE
      numeratorBefore /= RESCALE_ABOVE
      denominatorBefore /= RESCALE_ABOVE
    }
  }
  return (factor * denominator) / numerator
}

/**
 * Temme's uniform expansion, first term (DLMF 8.18.14 with c_0): the error falls as min(a, b)^-1.5, below 1e-8 for both
 * shapes above 1e4.
 */
function uniformExpansion(x: number, y: number, a: number, b: number): number {
  const sum = a + b
  const offset = a * y - b * x // (a + b) (mean - x)
  const deviance = a * logDeviance(-offset / a) + b * logDeviance(offset / b) // (a + b) eta^2 / 2
  const root = offset > 0 ? -Math.sqrt(deviance) : Math.sqrt(deviance)
  const width = Math.sqrt((a / sum) * (b / sum))
  const eta = root * Math.sqrt(2 / sum)
  const coefficient = Math.abs(eta) < 1e-7 * width ? (b - a) / (3 * sum * width) : 1 / eta + (width * sum) / offset
  return 0.5 * erfc(-root) + (Math.exp(-deviance) / Math.sqrt(2 * Math.PI * sum)) * coefficient
}

/**
 * I_x(a, b) when both coordinates (y = 1 - x) and betaFactor(x, y, a, b) are already at hand. Unchecked; use
 * incompleteBeta unless the factor serves twice.
 */
export function incompleteBetaOfFactor(x: number, y: number, a: number, b: number, factor: number): number {
  if (a > LARGE_SHAPE && b > LARGE_SHAPE) return uniformExpansion(x, y, a, b)
  return x * (a + b + 2) > a + 1 ? 1 - evenFraction(y, x, b, a, factor) : evenFraction(x, y, a, b, factor)
}

/**
 * Regularised incomplete beta function I_x(a, b), the cdf of Beta(a, b) at x; 0 below and 1 above the unit interval.
 * Absolute error below 1e-11 for shapes in [1e-3, 1e4], 1e-8 up to 1e7. Throws RangeError unless both shapes are
 * positive and finite and x is a number.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(a > 0 && b > 0 && a < Infinity && b < Infinity) || x !== x) {
    throw new RangeError(`Cannot evaluate the incomplete beta function: x = ${x}, a = ${a}, b = ${b}`)
  }
  if (x <= 0) return 0
  if (x >= 1) return 1
  const y = 1 - x
  return incompleteBetaOfFactor(x, y, a, b, betaFactor(x, y, a, b))
}
