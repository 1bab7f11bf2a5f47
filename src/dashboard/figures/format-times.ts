import type { Interval } from '../api/answers.ts'
import { NO_FIGURE } from './format-figures.ts'

/** Times are shown in UTC, as intervals are cut in UTC. */
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const month = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' })
const fullDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const moment = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})
const second = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZone: 'UTC',
})
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZone: 'UTC',
})

export function formatDay(iso: string): string {
  return fullDay.format(new Date(iso))
}

export function formatMoment(iso: string | null): string {
  return iso === null ? NO_FIGURE : moment.format(new Date(iso))
}

/** With its second, where events lie close together. */
export function formatSecond(iso: string): string {
  return second.format(new Date(iso))
}

export function formatClock(ms: number): string {
  return clock.format(new Date(ms))
}

/** Label of an interval on an axis. */
export function formatInterval(iso: string, interval: Interval): string {
  return (interval === 'month' ? month : day).format(new Date(iso))
}

/** Name of an interval in a sentence or a table. */
export function nameInterval(iso: string, interval: Interval): string {
  if (interval === 'month') return month.format(new Date(iso))
  return interval === 'week' ? `week of ${fullDay.format(new Date(iso))}` : fullDay.format(new Date(iso))
}
