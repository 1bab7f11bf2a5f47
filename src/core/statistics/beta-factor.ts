import { logDeviance } from './log-deviance.ts'
import { stirlingCorrection } from './stirling-correction.ts'

const TWO_PI = 2 * Math.PI

/** Both shapes >= 10: the peak height times exp of the deviance from the mean, where the large terms have cancelled. */
function largeShapes(x: number, y: number, a: number, b: number): number {
  const sum = a + b
  const offset = a * y - b * x // (a + b) (mean - x)
  const left = -offset / a
  const right = offset / b
  // Near -1 the logarithm of the small coordinate itself is the accurate one.
  const leftDeviance = left < -0.5 ? left - Math.log((x * sum) / a) : logDeviance(left)
  const rightDeviance = right < -0.5 ? right - Math.log((y * sum) / b) : logDeviance(right)
  const correction = stirlingCorrection(sum) - stirlingCorrection(a) - stirlingCorrection(b)
  return Math.sqrt((a / sum) * (b / TWO_PI)) * Math.exp(correction - a * leftDeviance - b * rightDeviance)
}

/**
 * x^a y^b / B(a, b) with y = 1 - x, the factor in front of the incomplete beta fraction; the density is this over x y.
 * Both coordinates are arguments, so that neither loses digits next to 1. A shape below 10 is shifted to >= 10 by the
 * recurrence of Gamma before Stirling's series; the shifts are a product, not logarithms.
 */
export function betaFactor(x: number, y: number, a: number, b: number): number {
  if (a >= 10 && b >= 10) return largeShapes(x, y, a, b)
  let product = 1
  let shiftedA = a
  let shiftedB = b
  let sum = a + b
  while (shiftedA < 10) {
    product *= shiftedA / sum
    shiftedA += 1
    sum += 1
  }
  while (shiftedB < 10) {
    product *= shiftedB / sum
    shiftedB += 1
    sum += 1
  }
  const small = shiftedA < shiftedB ? shiftedA : shiftedB
  const large = shiftedA < shiftedB ? shiftedB : shiftedA
  const total = small + large
  const logX = y < 0.5 ? Math.log1p(-y) : Math.log(x)
  const logY = x < 0.5 ? Math.log1p(-x) : Math.log(y)
  const correction = stirlingCorrection(total) - stirlingCorrection(small) - stirlingCorrection(large)
  const logPeak = (large - 0.5) * Math.log1p(small / large) + small * Math.log(total / small) + correction
  return product * Math.sqrt(small / TWO_PI) * Math.exp(a * logX + b * logY + logPeak)
}
