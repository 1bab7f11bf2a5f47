import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

const MINUTE_MS = 60_000
/** Long and short window of each pair, minutes (Google, The Site Reliability Workbook, chapter 5, table 5-8). */
const FAST = { long: 60, short: 5 }
const SLOW = { long: 360, short: 30 }

/** By minute since 1970: looks at the lag, and those that found too much of it. */
type MinuteCounts = Record<string, [all: number, bad: number]>

/** The tracker burns its budget of lag too fast. */
export const LAG_BURN = monitorRule<MinuteCounts>({
  definition: {
    kind: 'lag-burn',
    family: 'operations',
    severity: 'critical',
    coolDownHours: 1,
    fireAfter: 1,
    clearAfter: 3,
    thresholds: {
      maxLagRecords: {
        default: 20_000,
        min: 0,
        max: 1e12,
        describe: 'Interactions not tracked yet above which a look is bad',
      },
      objective: { default: 0.99, min: 0.5, max: 0.99999, describe: 'Share of looks that should be good' },
      fastBurn: { default: 14.4, min: 1, max: 1000, describe: 'Rate of burning over 1 h and 5 min that fires' },
      slowBurn: { default: 6, min: 1, max: 1000, describe: 'Rate over 6 h and 30 min that fires' },
    },
    ordered: [['slowBurn', 'fastBurn']],
    watches:
      'How fast looks with a lag above maxLagRecords use up what the objective leaves. Fires when both windows of a pair ' +
      'burn faster than their rate: 1 h and 5 min, or 6 h and 30 min. Resolved when the short window burns below 1.',
    action: 'See which partition lags and whether its tracker runs; add trackers up to the number of partitions.',
  },
  sees: ['lag'],
  start: () => ({}),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'lag') return NO_VERDICTS
    const { maxLagRecords, objective, fastBurn, slowBurn } = thresholds
    const { timeMs, records } = observation
    const now = Math.floor(timeMs / MINUTE_MS)
    const held = (state[now] ??= [0, 0])
    held[0]++
    if (records > maxLagRecords) held[1]++
    for (const minute of Object.keys(state)) if (Number(minute) <= now - SLOW.long) delete state[minute]
    const burn = (minutes: number): number => badShare(state, now, minutes) / (1 - objective)
    const rates = {
      fast: burn(FAST.long),
      fastShort: burn(FAST.short),
      slow: burn(SLOW.long),
      slowShort: burn(SLOW.short),
    }
    const isFast = rates.fast >= fastBurn && rates.fastShort >= fastBurn
    const isSlow = rates.slow >= slowBurn && rates.slowShort >= slowBurn
    const level = isFast || isSlow ? 'breach' : rates.fastShort < 1 ? 'clear' : 'between'
    const evidence = {
      lagRecords: String(records),
      bound: String(maxLagRecords),
      burn1h: rates.fast.toFixed(1),
      burn5m: rates.fastShort.toFixed(1),
      burn6h: rates.slow.toFixed(1),
      burn30m: rates.slowShort.toFixed(1),
    }
    const message = `Lag is ${records} interactions; the budget burns ${isSlow && !isFast ? evidence.burn6h : evidence.burn1h} times too fast`
    return [{ subject: 'tracker', level, atMs: timeMs, message, evidence }]
  },
})

/** Share of a window's minutes that were bad; a minute without a look counts as good, as at the start. */
function badShare(state: MinuteCounts, now: number, minutes: number): number {
  let bad = 0
  for (let minute = now - minutes + 1; minute <= now; minute++) {
    const [all, badLooks] = state[minute] ?? [1, 0]
    bad += badLooks / all
  }
  return bad / minutes
}
