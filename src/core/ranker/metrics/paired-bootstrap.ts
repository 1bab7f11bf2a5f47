import { createSeededRandom } from '../../statistics/seeded-random.ts'
import { ascendingOrder, aucInOrder } from './auc.ts'
import { groupRows } from './group-rows.ts'

/** A difference with the bounds of its 95 % interval. */
export interface PairedDifference {
  readonly difference: number
  readonly low: number
  readonly high: number
}

/** Rows scored by two models, each with several seeds. All arrays run over the same rows. */
export interface PairedScores {
  readonly users: readonly string[]
  readonly tasks: readonly { readonly labels: Float64Array; readonly weights: Float64Array }[]
  /** Scores of one model: [seed][task]. */
  readonly first: readonly (readonly Float64Array[])[]
  readonly second: readonly (readonly Float64Array[])[]
}

/**
 * AUC of the first model less the second's, mean over seeds, for each task and for the mean over tasks (last entry),
 * with a percentile interval over resamples of users: rows of one user are not independent, users are.
 */
export function pairedAucDifferences(paired: PairedScores, resamples: number, seed: number): PairedDifference[] {
  const { users, tasks } = paired
  const orders = {
    first: paired.first.map((bySeed) => bySeed.map(ascendingOrder)),
    second: paired.second.map((bySeed) => bySeed.map(ascendingOrder)),
  }
  const differences = (counts: Float64Array | null): number[] => {
    const perTask = tasks.map(({ labels, weights }, k) => {
      const counted = counts ? weights.map((weight, row) => weight * counts[row]) : weights
      const meanAuc = (model: 'first' | 'second') =>
        mean(paired[model].map((bySeed, s) => aucInOrder(orders[model][s][k], bySeed[k], labels, counted)))
      return meanAuc('first') - meanAuc('second')
    })
    return [...perTask, mean(perTask)]
  }

  const groups = [...groupRows(users).values()]
  const random = createSeededRandom(seed)
  const draws = Array.from({ length: resamples }, () => {
    const counts = new Float64Array(users.length)
    for (let i = 0; i < groups.length; i++) {
      for (const row of groups[random.nextInt(groups.length)]) counts[row]++
    }
    return differences(counts)
  })
  return differences(null).map((difference, k) => {
    const sorted = draws
      .map((draw) => draw[k])
      .filter((value) => !Number.isNaN(value))
      .sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
    return { difference, low: at(0.025), high: at(0.975) }
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
