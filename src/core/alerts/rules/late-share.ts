import { wilsonLowerBound } from '../../statistics/wilson-lower-bound.ts'
import { countHour, type HourCounts, takeClosedHours } from '../hour-counts.ts'
import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

const MINUTE_MS = 60_000
/** Of Wilson's interval: once in 1,000 by chance. */
const Z = 3.09

/** Too many events come long after others of their partition. */
export const LATE_SHARE = monitorRule<HourCounts>({
  definition: {
    kind: 'late-share',
    family: 'data',
    severity: 'warning',
    coolDownHours: 6,
    fireAfter: 2,
    clearAfter: 2,
    thresholds: {
      lateMinutes: {
        default: 60,
        min: 0,
        max: 100_000,
        describe: 'An event is late when it is so far behind its partition’s newest',
      },
      maxShare: { default: 0.05, min: 0, max: 1, describe: 'Share of late events that is too much' },
      clearShare: { default: 0.02, min: 0, max: 1, describe: 'Share at which it is fine again' },
      minEvents: { default: 100, min: 1, max: 1e9, describe: 'Events of an hour below which nothing is said' },
    },
    ordered: [['clearShare', 'maxShare']],
    watches:
      'The share of events that are lateMinutes behind the newest of their partition, hour by hour of event time. Fires ' +
      'when the lower end of Wilson’s interval is above maxShare in two hours running; resolved below clearShare.',
    action:
      'Find the producer that lags or repeats: the late events’ partition and time say which. Labels may miss their windows.',
  },
  sees: ['input', 'clock'],
  start: () => ({}),
  observe: (state, observation, { thresholds }) => {
    const { lateMinutes, maxShare, clearShare, minEvents } = thresholds
    if (observation.kind === 'input') {
      const { timeMs, lateMs } = observation
      // By the hour of the stream in which it came, not by its own.
      countHour(state, timeMs + lateMs, 1, lateMs >= lateMinutes * MINUTE_MS && lateMs > 0 ? 1 : 0)
      return NO_VERDICTS
    }
    if (observation.kind !== 'clock') return NO_VERDICTS
    return takeClosedHours(state, observation.timeMs, 0)
      .filter(({ all }) => all >= minEvents)
      .map(({ endMs, all, bad }) => {
        const share = bad / all
        const level = wilsonLowerBound(bad, all, Z) > maxShare ? 'breach' : share <= clearShare ? 'clear' : 'between'
        const evidence = { late: String(bad), events: String(all), share: share.toFixed(4), bound: String(maxShare) }
        const message = `${(100 * share).toFixed(1)} % of the hour’s ${all} events were late`
        return { subject: 'interactions', level, atMs: endMs, message, evidence } as const
      })
  },
})
