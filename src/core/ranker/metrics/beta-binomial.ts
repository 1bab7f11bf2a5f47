import { logGamma } from '../../statistics/log-gamma.ts'

/** Probabilities of 0 .. trials successes when the rate is drawn from Beta(alpha, beta), (trials + 1). */
export function betaBinomial(trials: number, alpha: number, beta: number): Float64Array {
  const logBeta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b)
  const whole = logBeta(alpha, beta)
  return Float64Array.from({ length: trials + 1 }, (_, successes) => {
    const ways = logGamma(trials + 1) - logGamma(successes + 1) - logGamma(trials - successes + 1)
    return Math.exp(ways + logBeta(alpha + successes, beta + trials - successes) - whole)
  })
}

/**
 * How much of the observed count lies in the central interval of a level: the share of [F(s - 1), F(s)] inside
 * [(1 - level) / 2, (1 + level) / 2]. That is the expected coverage of the randomised interval of a count, whose mean
 * over observations is the level when the distribution is right, however few values there are (randomised probability
 * integral transform, Czado et al., Biometrics 2009).
 */
export function centralShare(probabilities: ArrayLike<number>, successes: number, level: number): number {
  let below = 0
  for (let s = 0; s < successes; s++) below += probabilities[s]
  const at = probabilities[successes]
  if (!(at > 0)) return 0
  const low = Math.max(below, (1 - level) / 2)
  const high = Math.min(below + at, (1 + level) / 2)
  return Math.max(0, high - low) / at
}
