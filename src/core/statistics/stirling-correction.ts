/**
 * ln Gamma(z) less its leading terms (z - 1/2) ln z - z + ln(2 pi) / 2, for z >= 10: Stirling's series (DLMF 5.11.1) up
 * to z^-11, absolute error below 1e-15.
 */
export function stirlingCorrection(z: number): number {
  const inverse = 1 / z
  const square = inverse * inverse
  const tail = 1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360360)))
  return inverse * (1 / 12 - square * (1 / 360 - square * tail))
}
