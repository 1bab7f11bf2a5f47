import type { Alert, UserTransition } from '../../api/answers.ts'
import type { ServerEvent } from '../../api/sse-parser.ts'

const SHOWN = 6
const WINDOW_MS = 60_000

/** The newest transitions and alerts, and when transitions came in the last minute. */
export interface LiveFeed {
  readonly transitions: readonly UserTransition[]
  readonly alerts: readonly Alert[]
  /** Arrival times, unix ms. */
  readonly arrivals: readonly number[]
}

export const EMPTY_FEED: LiveFeed = { transitions: [], alerts: [], arrivals: [] }

/** The feed with the events that came at a time. */
export function withEvents(feed: LiveFeed, events: readonly ServerEvent[], nowMs: number): LiveFeed {
  const read = <Value>(name: string): Value[] =>
    events.filter(({ event }) => event === name).map(({ data }) => JSON.parse(data) as Value)
  const transitions = read<UserTransition>('transition')
  const alerts = read<Alert>('alert')
  return {
    transitions: [...transitions.reverse(), ...feed.transitions].slice(0, SHOWN),
    alerts: [...alerts.reverse(), ...feed.alerts].slice(0, SHOWN),
    arrivals: [...feed.arrivals.filter((at) => nowMs - at < WINDOW_MS), ...transitions.map(() => nowMs)],
  }
}
