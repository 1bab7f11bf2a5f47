import type { TaskPopulation } from '../contracts/model-bundle.ts'

export const FUSIONS = ['geometric', 'posterior'] as const
/** How the scores of the tasks become one: a weighted geometric mean, or one whose exponents follow the user's posterior. */
export type Fusion = (typeof FUSIONS)[number]

/** Beta posterior of a user's rate of one task. */
export interface UserRate {
  readonly alpha: number
  readonly beta: number
}

/** An exponent is changed by this factor at most, either way. */
const MOST = 4

/**
 * Exponents of fusion `posterior`, (T): w_k (r_k / m_k)^strength, in w_k/4 .. 4 w_k, r_k the mean of the user's posterior
 * and m_k that of the population's prior. A factor on the scores themselves would be the same for all candidates of a
 * user and change no order; in the exponent it says which task this user is ranked by: who orders more than others, by
 * orders. Without evidence the posterior is the prior, and the weights are those of the configuration.
 */
export function posteriorWeights(
  weights: readonly number[],
  rates: readonly UserRate[],
  populations: readonly TaskPopulation[],
  strength: number,
): number[] {
  return weights.map((weight, k) => {
    const { priorAlpha, priorBeta } = populations[k]
    const lift = meanOf(rates[k]) / (priorAlpha / (priorAlpha + priorBeta))
    return weight * Math.min(MOST, Math.max(1 / MOST, lift ** strength))
  })
}

/** The rates of a user of whom nothing is known, (T). */
export function populationRates(populations: readonly TaskPopulation[]): UserRate[] {
  return populations.map(({ priorAlpha, priorBeta }) => ({ alpha: priorAlpha, beta: priorBeta }))
}

function meanOf({ alpha, beta }: UserRate): number {
  return alpha / (alpha + beta)
}
