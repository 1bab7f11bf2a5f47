import { type Interval, INTERVALS, intervalOf } from './calendar-interval.ts'

/** Cohorts are followed for so many intervals. */
export const MAX_COHORT_AGE = 60

/** Names of the counts to which a user's active days add up. */
export const activityCount = {
  active: (interval: Interval, index: number): string => `active/${interval}/${index}`,
  new: (interval: Interval, index: number): string => `new/${interval}/${index}`,
  /** Active in this interval and in the one before. */
  retained: (interval: Interval, index: number): string => `retained/${interval}/${index}`,
  /** Users of the cohort that are active `age` intervals after their first. */
  cohort: (interval: Interval, first: number, age: number): string => `cohort/${interval}/${first}/${age}`,
}

/**
 * What one user adds to the counts of growth accounting: the names of `activityCount`, each of them once. `days` are the
 * days on which the user was active, since the epoch, ascending. A function of the set of days, so that late events and
 * erasures are the difference of two calls.
 */
export function activityCountsOf(days: readonly number[]): Set<string> {
  const names = new Set<string>()
  if (days.length === 0) return names
  for (const interval of INTERVALS) {
    const first = intervalOf(interval, days[0])
    let before = Number.NaN
    for (const day of days) {
      const index = intervalOf(interval, day)
      if (index === before) continue
      names.add(activityCount.active(interval, index))
      if (index === first) names.add(activityCount.new(interval, index))
      else if (index - 1 === before) names.add(activityCount.retained(interval, index))
      if (index - first <= MAX_COHORT_AGE) names.add(activityCount.cohort(interval, first, index - first))
      before = index
    }
  }
  return names
}

export const ACTIVITIES = ['new', 'retained', 'returned', 'dormant'] as const
/** What a user is in an interval, by growth accounting. */
export type Activity = (typeof ACTIVITIES)[number]

/** The user's part in an interval; null when the user was active neither in it nor in the one before. */
export function activityIn(days: readonly number[], interval: Interval, index: number): Activity | null {
  const indices = days.map((day) => intervalOf(interval, day))
  const wasActive = indices.includes(index - 1)
  if (!indices.includes(index)) return wasActive ? 'dormant' : null
  if (indices[0] === index) return 'new'
  return wasActive ? 'retained' : 'returned'
}
