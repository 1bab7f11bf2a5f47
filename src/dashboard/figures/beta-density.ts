import { logGamma } from './log-gamma.ts'

export interface DensityPoint {
  readonly rate: number
  readonly density: number
}

/** Density of Beta(alpha, beta) at a rate within (0, 1). */
export function betaDensity(alpha: number, beta: number, rate: number): number {
  const logNorm = logGamma(alpha + beta) - logGamma(alpha) - logGamma(beta)
  return Math.exp(logNorm + (alpha - 1) * Math.log(rate) + (beta - 1) * Math.log1p(-rate))
}

/**
 * The curve over [0, end] in equal steps. The ends 0 and 1, where a density may be infinite, are left out: the curve
 * starts and ends half a step inside.
 */
export function betaCurve(alpha: number, beta: number, end: number, steps = 240): readonly DensityPoint[] {
  return Array.from({ length: steps }, (_, i) => {
    const rate = ((i + 0.5) / steps) * end
    return { rate, density: betaDensity(alpha, beta, rate) }
  })
}

/**
 * A round upper end of the rate axis that shows the interval of every posterior; moves in steps, so that the axis is
 * calm.
 */
export function rateAxisEnd(uppers: readonly number[]): number {
  const needed = Math.max(0.02, ...uppers) * 1.35
  return [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8].find((end) => end >= needed) ?? 1
}
