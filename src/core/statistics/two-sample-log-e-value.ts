/**
 * Logarithm of the e-value of one block of two multinomial samples (counts of K categories each) against their having
 * one distribution: sum over both groups of count x ln(theta_group / theta_pooled), with theta_pooled the mean of both
 * weighted by the groups' sizes. For any estimates `first` and `second` made without this block its expectation under
 * the null is at most 1, so that the running product over blocks exceeds 1/alpha with probability at most alpha, at
 * whatever time one looks (R. Turner, A. Ly, P. Grünwald, Generic E-variables for exact sequential k-sample tests that
 * allow for optional stopping, 2024, theorem 1; Ville's inequality). `first` and `second` are positive and sum to 1.
 */
export function twoSampleLogEValue(
  firstCounts: readonly number[],
  secondCounts: readonly number[],
  first: readonly number[],
  second: readonly number[],
): number {
  const firstTotal = sum(firstCounts)
  const secondTotal = sum(secondCounts)
  if (firstTotal === 0 || secondTotal === 0) return 0
  const weight = firstTotal / (firstTotal + secondTotal)
  let logE = 0
  for (let k = 0; k < first.length; k++) {
    const pooled = weight * first[k] + (1 - weight) * second[k]
    logE += firstCounts[k] * Math.log(first[k] / pooled) + secondCounts[k] * Math.log(second[k] / pooled)
  }
  return logE
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
