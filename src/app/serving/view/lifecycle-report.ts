import { byStage, STAGES, type Stage } from '../../../core/contracts/stage.ts'
import { activityCount, MAX_COHORT_AGE } from '../../../core/lifecycle/activity-counts.ts'
import { firstDayOf, type Interval, intervalOf } from '../../../core/lifecycle/calendar-interval.ts'
import { type Growth, growthOf } from '../../../core/lifecycle/growth-accounting.ts'
import { medianAge, survivalCurve } from '../../../core/lifecycle/survival-curve.ts'
import { DAY_MS, dayOf } from '../../../core/user-state/day-window.ts'
import type { CountTable } from './count-table.ts'
import { SPELL_UNIT_MS } from './counted-user.ts'
import { lifecycleCount } from './lifecycle-counts.ts'
import type { StageCounts } from './user-view.ts'

/** Days since the epoch, UTC; both are included. */
export interface DayRange {
  readonly firstDay: number
  readonly lastDay: number
}

export type ByStage = Readonly<Record<Stage, number>>

export interface LifecycleInterval extends Growth {
  readonly startMs: number
  readonly endMs: number
  /** Whether event time has passed its end. */
  readonly complete: boolean
  /** Users in each stage, and users flagged dormant, at its end. */
  readonly stages: ByStage
  readonly dormantUsers: number
}

/** The view's counts, and what they add up to now. */
interface Held {
  readonly table: CountTable
  readonly counts: StageCounts
}

/**
 * Growth accounting and stages, interval by interval. Stages are worked out backwards from now by the changes of each
 * day, so that they are exact at the end, whatever of the beginning retention has taken away.
 */
export function lifecycleIntervals({ table, counts }: Held, interval: Interval, range: DayRange): LifecycleInterval[] {
  if (counts.asOf === null) return []
  const today = dayOf(counts.asOf)
  const stages: Record<Stage, number> = { ...counts.byStage }
  let dormantUsers = counts.dormant
  let day = Math.max(today, lastDayCounted(table))
  const intervals: LifecycleInterval[] = []
  const first = intervalOf(interval, range.firstDay)
  for (let index = intervalOf(interval, Math.min(range.lastDay, today)); index >= first; index--) {
    const endDay = firstDayOf(interval, index + 1)
    for (; day >= endDay; day--) {
      for (const stage of STAGES) stages[stage] -= table.of(lifecycleCount.stageChange(stage, day))
      dormantUsers -= table.of(lifecycleCount.dormantChange(day))
    }
    intervals.push({
      startMs: firstDayOf(interval, index) * DAY_MS,
      endMs: endDay * DAY_MS,
      complete: endDay <= today,
      ...growthOf((name) => table.of(name), interval, index),
      stages: { ...stages },
      dormantUsers,
    })
  }
  return intervals.toReversed()
}

/** The first day of which anything is known; null while nothing is. */
export function firstDayKnown(table: CountTable): number | null {
  let first = Infinity
  for (const day of table.group('new/day').keys()) first = Math.min(first, Number(day))
  return first === Infinity ? null : first
}

/** Timers and late clocks may count a change on a day behind the newest event. */
function lastDayCounted(table: CountTable): number {
  let last = -Infinity
  for (const day of table.group('dormant').keys()) last = Math.max(last, Number(day))
  for (const stage of STAGES) {
    for (const day of table.group(`stage/${stage}`).keys()) last = Math.max(last, Number(day))
  }
  return last
}

export interface TransitionMatrix {
  readonly total: number
  /** Moves by evidence, [from][to]. */
  readonly matrix: Readonly<Record<Stage, ByStage>>
  readonly dormant: ByStage
  readonly returned: ByStage
}

/** Changes within a range of days. */
export function transitionMatrix(table: CountTable, { firstDay, lastDay }: DayRange): TransitionMatrix {
  const sum = (nameOf: (day: number) => string): number => {
    let total = 0
    for (let day = firstDay; day <= lastDay; day++) total += table.of(nameOf(day))
    return total
  }
  const matrix = byStage((from) => byStage((to) => sum((day) => lifecycleCount.moved(day, from, to))))
  return {
    total: STAGES.reduce((all, from) => all + STAGES.reduce((moves, to) => moves + matrix[from][to], 0), 0),
    matrix,
    dormant: byStage((stage) => sum((day) => lifecycleCount.wentDormant(day, stage))),
    returned: byStage((stage) => sum((day) => lifecycleCount.cameBack(day, stage))),
  }
}

export interface Cohort {
  readonly startMs: number
  /** Users whose first event lies in the interval. */
  readonly users: number
  /** Of them, those with an event so many intervals later, from 0. */
  readonly active: readonly number[]
}

/** Retention by the interval of the first event, as far as event time has come. */
export function cohorts({ table, counts }: Held, interval: Interval, range: DayRange, periods: number): Cohort[] {
  if (counts.asOf === null) return []
  const today = intervalOf(interval, dayOf(counts.asOf))
  const rows: Cohort[] = []
  const last = Math.min(today, intervalOf(interval, range.lastDay))
  for (let first = intervalOf(interval, range.firstDay); first <= last; first++) {
    const users = table.of(activityCount.new(interval, first))
    if (users === 0) continue
    const ages = Math.min(periods, MAX_COHORT_AGE, today - first) + 1
    const active = Array.from({ length: ages }, (_, age) => table.of(activityCount.cohort(interval, first, age)))
    rows.push({ startMs: firstDayOf(interval, first) * DAY_MS, users, active })
  }
  return rows
}

export interface StageDuration {
  /** Stays that have ended, and those going on. */
  readonly spells: number
  readonly ongoing: number
  readonly medianDays: number | null
  readonly survival: readonly { readonly days: number; readonly share: number }[]
}

/** How long users stay in each stage. */
export function stageDurations({ table, counts }: Held): Readonly<Record<Stage, StageDuration>> {
  const now = Math.floor((counts.asOf ?? 0) / SPELL_UNIT_MS)
  const daysOf = (units: number): number => (units * SPELL_UNIT_MS) / DAY_MS
  return byStage((stage) => {
    const ended = new Map<number, number>()
    for (const [units, count] of table.group(lifecycleCount.spells(stage))) ended.set(Number(units), count)
    const ongoing = new Map<number, number>()
    for (const [unit, count] of table.group(lifecycleCount.ongoingSince(stage))) {
      const age = Math.max(0, now - Number(unit))
      ongoing.set(age, (ongoing.get(age) ?? 0) + count)
    }
    const steps = survivalCurve(ended, ongoing)
    const median = medianAge(steps)
    return {
      spells: sumOf(ended.values()),
      ongoing: sumOf(ongoing.values()),
      medianDays: median === null ? null : daysOf(median + 1),
      // A spell of n units ended after n units and before n + 1.
      survival: steps.map(({ age, share }) => ({ days: daysOf(age + 1), share })),
    }
  })
}

function sumOf(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
