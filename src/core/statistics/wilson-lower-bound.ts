/**
 * Lower end of Wilson's score interval for a rate (E. B. Wilson, JASA 22, 1927), `z` standard deviations wide. 0 for no
 * trials.
 */
export function wilsonLowerBound(successes: number, trials: number, z: number): number {
  if (trials === 0) return 0
  const rate = successes / trials
  const spread = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials))
  return Math.max(0, (rate + (z * z) / (2 * trials) - spread) / (1 + (z * z) / trials))
}
