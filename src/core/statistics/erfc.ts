const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI)

/** erf by its series of positive terms (DLMF 7.6.2), for 0 <= z < 2.5. */
function series(z: number): number {
  const square = 2 * z * z
  let term = z
  let sum = z
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= square / odd
    sum += term
  }
  return TWO_OVER_SQRT_PI * Math.exp(-z * z) * sum
}

/** erfc by its continued fraction (DLMF 7.9.1), evaluated from the back with a fixed depth that serves z >= 2.5. */
function fraction(z: number): number {
  let tail = z
  for (let step = 60; step >= 1; step--) tail = z + step / 2 / tail
  return (0.5 * TWO_OVER_SQRT_PI * Math.exp(-z * z)) / tail
}

/** Complementary error function; absolute error below 1e-15, relative error below 1e-13 up to the underflow at 27. */
export function erfc(z: number): number {
  if (z < 0) return 2 - erfc(-z)
  return z < 2.5 ? 1 - series(z) : fraction(z)
}
