/**
 * t - ln(1 + t) for t > -1, with a relative error below 1e-14 also near 0, where the two terms cancel. Below |t| = 0.1
 * it is r t - 2 r^3 (1/3 + r^2/5 + ...) with r = t / (2 + t), from ln(1 + t) = 2 artanh r.
 */
export function logDeviance(t: number): number {
  if (t < -0.1 || t > 0.1) return t - Math.log1p(t)
  const ratio = t / (2 + t)
  const square = ratio * ratio
  const series = 1 / 3 + square * (1 / 5 + square * (1 / 7 + square * (1 / 9 + square / 11)))
  return ratio * (t - 2 * square * series)
}
