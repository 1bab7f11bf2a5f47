import type { Observation } from '../../core/alerts/observation.ts'
import { firstDayOf, intervalOf } from '../../core/lifecycle/calendar-interval.ts'
import { DAY_MS, dayOf } from '../../core/user-state/day-window.ts'
import type { CountTable } from '../serving/view/count-table.ts'
import { cohorts, firstDayKnown, lifecycleIntervals } from '../serving/view/lifecycle-report.ts'
import type { StageCounts } from '../serving/view/user-view.ts'

/** Late events still count in a week for so long after its end. */
const GRACE_MS = DAY_MS
/** Ages of a cohort that are forecast, weeks. */
const MAX_AGE = 12

/** The view's counts that growth and cohorts are worked out from. */
interface Held {
  readonly table: CountTable
  readonly counts: StageCounts
}

/** Growth and cohorts of the weeks that are complete, the oldest first. The rules leave out what they have had. */
export function growthObservations(held: Held): Observation[] {
  const { asOf } = held.counts
  const firstDay = firstDayKnown(held.table)
  if (asOf === null || firstDay === null) return []
  const completeUntilMs = asOf - GRACE_MS
  const range = { firstDay, lastDay: dayOf(asOf) }
  const growth = lifecycleIntervals(held, 'week', range)
    // Of the first week nobody can have been lost.
    .slice(1)
    .filter(({ endMs }) => endMs <= completeUntilMs)
    .map(({ startMs, endMs, ...rest }): Observation => {
      return { kind: 'growth', interval: 'week', startMs, endMs, growth: rest }
    })
  return [...growth, ...cohortObservations(held, range, completeUntilMs)]
}

function cohortObservations(
  held: Held,
  range: { readonly firstDay: number; readonly lastDay: number },
  completeUntilMs: number,
): Observation[] {
  const rows = cohorts(held, 'week', range, MAX_AGE)
  const observations: Extract<Observation, { kind: 'cohort' }>[] = []
  for (const [place, { startMs, users, active }] of rows.entries()) {
    for (let age = 1; age < active.length; age++) {
      const endMs = firstDayOf('week', intervalOf('week', dayOf(startMs)) + age + 1) * DAY_MS
      if (endMs > completeUntilMs) continue
      // The first cohort is everybody who was there when the data began.
      const earlier = rows.slice(1, place).map((row) => ({ users: row.users, active: row.active[age] }))
      if (place > 0) observations.push({ kind: 'cohort', startMs, endMs, age, users, active: active[age], earlier })
    }
  }
  return observations.sort((a, b) => a.endMs - b.endMs || a.startMs - b.startMs)
}
