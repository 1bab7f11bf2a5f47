import { studentQuantile } from './student-quantile.ts'

/** A difference between two models, with the bounds of its 95 % intervals. */
export interface PairedDifference {
  readonly difference: number
  /** Over resampled users and resampled seeds together (percentiles). */
  readonly low: number
  readonly high: number
  /** Over resampled users alone, seeds as they are. */
  readonly usersLow: number
  readonly usersHigh: number
  /** Over seeds alone: Student's t; NaN for one seed. */
  readonly seedsLow: number
  readonly seedsHigh: number
}

/** One model's figure by seed: (S), and under each resample of users: (S) x (R). */
export interface SeededFigure {
  readonly values: readonly number[]
  readonly resampled: readonly ArrayLike<number>[]
}

/** First less second, mean over seeds; both must have the same seeds and resamples. `random` draws the seeds. */
export function pairedDifference(first: SeededFigure, second: SeededFigure, random: () => number): PairedDifference {
  const seeds = first.values.length
  const bySeed = first.values.map((value, s) => value - second.values[s])
  const resamples = first.resampled[0]?.length ?? 0
  const users: number[] = []
  const both: number[] = []
  for (let r = 0; r < resamples; r++) {
    const draws = first.resampled.map((of, s) => of[r] - second.resampled[s][r])
    users.push(mean(draws))
    both.push(mean(draws.map(() => draws[Math.min(seeds - 1, Math.floor(random() * seeds))])))
  }
  const [usersLow, usersHigh] = percentiles(users)
  const [low, high] = percentiles(both)
  const difference = mean(bySeed)
  const half = seeds > 1 ? (studentQuantile(0.975, seeds - 1) * deviation(bySeed)) / Math.sqrt(seeds) : Number.NaN
  return { difference, low, high, usersLow, usersHigh, seedsLow: difference - half, seedsHigh: difference + half }
}

function percentiles(draws: readonly number[]): [number, number] {
  const sorted = draws.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return [at(0.025), at(0.975)]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function deviation(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
}
