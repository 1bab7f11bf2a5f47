import { DAY_MS } from '../user-state/day-window.ts'

export const INTERVALS = ['day', 'week', 'month'] as const
/** Calendar intervals in UTC; a week begins on Monday. */
export type Interval = (typeof INTERVALS)[number]

/** 1970-01-01 was a Thursday: three days earlier a week began. */
const MONDAY_SHIFT = 3

/** Number of the interval that holds a day (days since the epoch); consecutive intervals have consecutive numbers. */
export function intervalOf(interval: Interval, day: number): number {
  switch (interval) {
    case 'day':
      return day
    case 'week':
      return Math.floor((day + MONDAY_SHIFT) / 7)
    case 'month': {
      const date = new Date(day * DAY_MS)
      return date.getUTCFullYear() * 12 + date.getUTCMonth()
    }
  }
}

/** First day of an interval, in days since the epoch. */
export function firstDayOf(interval: Interval, index: number): number {
  switch (interval) {
    case 'day':
      return index
    case 'week':
      return index * 7 - MONDAY_SHIFT
    case 'month':
      return Date.UTC(Math.floor(index / 12), index % 12) / DAY_MS
  }
}
