import { dayOf } from '../../core/user-state/day-window.ts'
import { ProblemError } from './problem.ts'
import type { DayRange } from './view/lifecycle-report.ts'

/** Query parameters of a range: moments in ISO 8601, for example 2026-01-31. */
export const rangeParameters = {
  from: { type: 'string', maxLength: 40, description: 'First day, ISO 8601, UTC' },
  to: { type: 'string', maxLength: 40, description: 'Last day, included' },
} as const

export interface RangeQuery {
  readonly from?: string
  readonly to?: string
}

/** A day before 1970 or behind the year 9999 holds nothing. */
const LAST_DAY = dayOf(Date.UTC(9999, 11, 31))

/**
 * The days asked for. Without `to` they end at `newestMs`, without `from` there are `days` of them, none before `oldestDay`. Throws a problem for a text that
 * is no date, and for a range that ends before it begins or is longer than `maxDays`.
 */
export function dayRangeOf(
  { from, to }: RangeQuery,
  newestMs: number | null,
  oldestDay: number | null,
  { days, maxDays }: { readonly days: number; readonly maxDays: number },
): DayRange {
  const lastDay = to === undefined ? dayOf(newestMs ?? 0) : parseDay('to', to)
  const firstDay =
    from === undefined ? Math.min(lastDay, Math.max(oldestDay ?? 0, lastDay - days + 1)) : parseDay('from', from)
  if (firstDay > lastDay) throw new ProblemError(400, `The range ends before it begins: from ${from} to ${to ?? 'now'}`)
  if (lastDay - firstDay >= maxDays) {
    throw new ProblemError(400, `The range has ${lastDay - firstDay + 1} days, more than the ${maxDays} of one request`)
  }
  return { firstDay, lastDay }
}

/** Throws a problem for a text that is no date. */
export function parseDay(name: string, text: string): number {
  const timeMs = Date.parse(text)
  if (Number.isNaN(timeMs)) throw new ProblemError(400, `${name} is no date of ISO 8601: ${JSON.stringify(text)}`)
  const day = dayOf(timeMs)
  if (day < 0 || day > LAST_DAY) throw new ProblemError(400, `${name} lies outside of the years 1970 to 9999`)
  return day
}
