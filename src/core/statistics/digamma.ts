/**
 * psi(x), the derivative of ln Gamma, for x > 0: shifted to x >= 10 by the recurrence, then the asymptotic series (DLMF
 * 5.11.2) up to x^-12. Absolute error below 1e-14 times max(1, |psi|). Throws RangeError for x <= 0 and NaN.
 */
export function digamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`Cannot take the digamma of ${x}: it must be positive`)
  // The sum of 1 / (x + i) as one fraction: one division, not ten.
  let numerator = 0
  let denominator = 1
  let shifted = x
  while (shifted < 10) {
    numerator = numerator * shifted + denominator
    denominator *= shifted
    shifted += 1
  }
  const inverse = 1 / shifted
  const square = inverse * inverse
  const tail = 1 / 252 - square * (1 / 240 - square * (1 / 132 - square * (691 / 32760)))
  const series = square * (1 / 12 - square * (1 / 120 - square * tail))
  return Math.log(shifted) - 0.5 * inverse - series - numerator / denominator
}
