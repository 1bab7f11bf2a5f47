import { normalVariate } from './normal-variate.ts'
import type { RandomSource } from './random-source.ts'

/** Marsaglia and Tsang (ACM TOMS 26, 2000), for shape >= 1. */
function largeShape(shape: number, random: RandomSource): number {
  const depth = shape - 1 / 3
  const slope = 1 / Math.sqrt(9 * depth)
  for (;;) {
    const normal = normalVariate(random)
    const root = 1 + slope * normal
    if (root <= 0) continue
    const cube = root * root * root
    const uniform = random.next()
    const square = normal * normal
    if (uniform < 1 - 0.0331 * square * square) return depth * cube
    if (Math.log(uniform) < 0.5 * square + depth * (1 - cube + Math.log(cube))) return depth * cube
  }
}

function assertShape(shape: number): void {
  if (!(shape > 0 && shape < Infinity)) {
    throw new RangeError(`Cannot draw from a gamma distribution: the shape is ${shape}`)
  }
}

/**
 * Natural logarithm of a Gamma(shape, scale 1) variate. For shape < 1 it is ln(Gamma(shape + 1) U^(1 / shape)), which
 * stays finite where the variate itself underflows (about shape < 0.03).
 */
export function logGammaVariate(shape: number, random: RandomSource): number {
  assertShape(shape)
  if (shape >= 1) return Math.log(largeShape(shape, random))
  return Math.log(largeShape(shape + 1, random)) + Math.log(random.next()) / shape
}

/** Gamma(shape, scale 1) variate. A tiny shape may give 0. Throws RangeError unless 0 < shape < infinity. */
export function gammaVariate(shape: number, random: RandomSource): number {
  assertShape(shape)
  return shape >= 1 ? largeShape(shape, random) : Math.exp(logGammaVariate(shape, random))
}
