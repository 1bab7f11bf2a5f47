import { incompleteBeta } from '../../statistics/incomplete-beta.ts'

/** Quantile of Student's t by bisection of its distribution function; p in (0.5, 1), degrees of freedom from 1 on. */
export function studentQuantile(p: number, degrees: number): number {
  let low = 0
  let high = 1000
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2
    // P(T < t) = 1 - I_x(n / 2, 1 / 2) / 2 with x = n / (n + t^2)
    const below = 1 - incompleteBeta(degrees / (degrees + middle * middle), degrees / 2, 0.5) / 2
    if (below < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
