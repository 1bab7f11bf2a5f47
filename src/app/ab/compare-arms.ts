import {
  type Estimate,
  type Interval,
  normalInterval,
  pairedDifference,
  ratioValues,
  studentInterval,
  unpairedDifference,
  withoutCovariate,
} from '../../core/statistics/mean-difference.ts'
import type { AbPlan } from './ab-plan.ts'
import { learns } from './arms.ts'
import type { PlayedArm } from './play-arm.ts'
import type { PlayedWorld } from './play-world.ts'
import type { UserTotals } from './user-totals.ts'

/** CTR is of all impressions; the others are means over users. */
export const MEASURES = ['ctr', 'stayMinutes', 'orders', 'activeDays', 'retention'] as const
export type Measure = (typeof MEASURES)[number]
type ByMeasure<T> = Readonly<Record<Measure, T>>

/** An arm less the first, in one world. */
export interface WorldDifference {
  /** Every user with themselves. */
  readonly paired: Estimate
  /** As a live test would see it: the users of one half less those of the other; null for yardsticks. */
  readonly halves: Estimate | null
}

export interface WorldResult {
  /** By arm: mean of each measure. */
  readonly means: readonly ByMeasure<number>[]
  /** By arm after the first. */
  readonly differences: readonly ByMeasure<WorldDifference>[]
}

/** An arm less the first, over all worlds. Intervals have 95 %. */
export interface Difference {
  /** Over users, within the worlds at hand. */
  readonly overUsers: Interval
  /** Over worlds, each one value; NaN bounds for one world. */
  readonly overWorlds: Interval
  /** Over users of the two halves; null for yardsticks. */
  readonly halves: Interval | null
  /** Of the first arm's mean. */
  readonly lift: number
}

export interface AbResult {
  readonly arms: readonly { readonly name: string; readonly means: ByMeasure<number> }[]
  readonly differences: readonly { readonly arm: string; readonly measures: ByMeasure<Difference> }[]
  readonly worlds: readonly WorldResult[]
}

/** The arms of one world against the first. */
export function compareArms(plan: Pick<AbPlan, 'arms'>, { groups, arms }: PlayedWorld): WorldResult {
  const values = arms.map(({ test }) => valuesOf(test))
  const learning = plan.arms.filter(learns)
  return {
    means: values.map((own) => byMeasure((measure) => meanOf(own[measure]))),
    differences: plan.arms.slice(1).map((arm, i) =>
      byMeasure((measure) => ({
        paired: pairedDifference(values[i + 1][measure], values[0][measure]),
        halves:
          learns(arm) && learns(plan.arms[0])
            ? halves(measure, groups, [arms[i + 1], learning.indexOf(arm)], [arms[0], learning.indexOf(plan.arms[0])])
            : null,
      })),
    ),
  }
}

/** Means over worlds, each of the same weight. */
export function summarise({ arms }: Pick<AbPlan, 'arms'>, worlds: readonly WorldResult[]): AbResult {
  const means = arms.map((_, a) => byMeasure((measure) => meanOf(worlds.map((world) => world.means[a][measure]))))
  return {
    arms: arms.map(({ name }, a) => ({ name, means: means[a] })),
    differences: arms.slice(1).map(({ name }, i) => ({
      arm: name,
      measures: byMeasure((measure): Difference => {
        const all = worlds.map((world) => world.differences[i][measure])
        const unpaired = all.flatMap(({ halves: estimate }) => estimate ?? [])
        return {
          overUsers: normalInterval(meanEstimate(all.map(({ paired }) => paired))),
          overWorlds: studentInterval(all.map(({ paired }) => paired.value)),
          halves: unpaired.length === all.length ? normalInterval(meanEstimate(unpaired)) : null,
          lift: meanOf(all.map(({ paired }) => paired.value)) / means[0][measure],
        }
      }),
    })),
    worlds,
  }
}

/**
 * The first play alone: users of the one arm's group less those of the other's, with what the days before the test explain
 * taken out of both.
 */
function halves(
  measure: Measure,
  groups: Uint8Array,
  [first, firstGroup]: readonly [PlayedArm, number],
  [second, secondGroup]: readonly [PlayedArm, number],
): Estimate {
  const one = membersOf(groups, firstGroup)
  const two = membersOf(groups, secondGroup)
  const test = concat(valuesOf(pick(first.test, one))[measure], valuesOf(pick(second.test, two))[measure])
  const before = concat(valuesOf(pick(first.before, one))[measure], valuesOf(pick(second.before, two))[measure])
  const adjusted = withoutCovariate(test, before)
  return unpairedDifference(adjusted.subarray(0, one.length), adjusted.subarray(one.length))
}

/** One value a user (U), whose mean is the measure. */
function valuesOf(totals: UserTotals): ByMeasure<Float64Array> {
  return {
    ctr: ratioValues(totals.clicks, totals.impressions),
    stayMinutes: totals.stayMs.map((ms) => ms / 60_000),
    orders: totals.orders,
    activeDays: totals.activeDays,
    retention: totals.retained,
  }
}

function membersOf(groups: Uint8Array, group: number): number[] {
  return Array.from(groups, (held, user) => (held === group ? user : -1)).filter((user) => user >= 0)
}

function pick(totals: UserTotals, users: readonly number[]): UserTotals {
  return Object.fromEntries(
    Object.entries(totals).map(([name, values]) => [name, Float64Array.from(users, (user) => values[user])]),
  ) as UserTotals
}

function concat(a: Float64Array, b: Float64Array): Float64Array {
  return Float64Array.from([...a, ...b])
}

function meanEstimate(estimates: readonly Estimate[]): Estimate {
  const squares = estimates.reduce((sum, { standardError }) => sum + standardError ** 2, 0)
  return { value: meanOf(estimates.map(({ value }) => value)), standardError: Math.sqrt(squares) / estimates.length }
}

function byMeasure<T>(of: (measure: Measure) => T): ByMeasure<T> {
  return Object.fromEntries(MEASURES.map((measure) => [measure, of(measure)])) as Record<Measure, T>
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum / values.length
}
