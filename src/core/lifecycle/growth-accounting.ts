import { activityCount } from './activity-counts.ts'
import type { Interval } from './calendar-interval.ts'

/** Users of one interval. `active` is the sum of `new`, `retained` and `returned`. */
export interface Growth {
  readonly active: number
  /** First event ever. */
  readonly new: number
  /** Active in the interval before too. */
  readonly retained: number
  /** Active earlier, but not in the interval before. */
  readonly returned: number
  /** Active in the interval before, and not in this one. */
  readonly dormant: number
  /** Users gained per user lost: (new + returned) / dormant; null when none was lost. */
  readonly quickRatio: number | null
}

/** Growth accounting of one interval from the counts of `activityCount`; `countOf` gives 0 for one that is not there. */
export function growthOf(countOf: (name: string) => number, interval: Interval, index: number): Growth {
  const active = countOf(activityCount.active(interval, index))
  const arrived = countOf(activityCount.new(interval, index))
  const retained = countOf(activityCount.retained(interval, index))
  const returned = active - arrived - retained
  const dormant = countOf(activityCount.active(interval, index - 1)) - retained
  const quickRatio = dormant > 0 ? (arrived + returned) / dormant : null
  return { active, new: arrived, retained, returned, dormant, quickRatio }
}
