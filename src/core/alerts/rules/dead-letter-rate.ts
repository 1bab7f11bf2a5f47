import { wilsonLowerBound } from '../../statistics/wilson-lower-bound.ts'
import { countHour, type HourCounts, takeClosedHours } from '../hour-counts.ts'
import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

/** Of Wilson's interval: once in 1,000 by chance. */
const Z = 3.09

/** Too many records cannot be used. */
export const DEAD_LETTER_RATE = monitorRule<HourCounts>({
  definition: {
    kind: 'dead-letter-rate',
    family: 'data',
    severity: 'critical',
    coolDownHours: 6,
    fireAfter: 1,
    clearAfter: 2,
    thresholds: {
      maxRate: { default: 0.01, min: 0, max: 1, describe: 'Dead letters per record that are too many' },
      clearRate: { default: 0.002, min: 0, max: 1, describe: 'Rate at which it is fine again' },
      minRecords: { default: 100, min: 1, max: 1e9, describe: 'Records of an hour below which nothing is said' },
    },
    ordered: [['clearRate', 'maxRate']],
    watches:
      'Dead letters per input record, hour by hour of event time. Fires when the lower end of Wilson’s interval is above ' +
      'maxRate; resolved after two hours below clearRate.',
    action: '`dlq list` names the causes; `dlq show` prints a letter. Fix the producer, then `dlq replay --cause`.',
  },
  sees: ['input', 'dead-letter', 'clock'],
  start: () => ({}),
  observe: (state, observation, { thresholds }) => {
    const { maxRate, clearRate, minRecords } = thresholds
    if (observation.kind === 'input') {
      countHour(state, observation.timeMs + observation.lateMs, 1, 0)
      return NO_VERDICTS
    }
    if (observation.kind === 'dead-letter') {
      countHour(state, observation.timeMs, 1, 1)
      return NO_VERDICTS
    }
    if (observation.kind !== 'clock') return NO_VERDICTS
    return takeClosedHours(state, observation.timeMs, 0)
      .filter(({ all }) => all >= minRecords)
      .map(({ endMs, all, bad }) => {
        const rate = bad / all
        const level = wilsonLowerBound(bad, all, Z) > maxRate ? 'breach' : rate <= clearRate ? 'clear' : 'between'
        const evidence = { letters: String(bad), records: String(all), rate: rate.toFixed(4), bound: String(maxRate) }
        const message = `${bad} of the hour’s ${all} records were dead letters`
        return { subject: 'interactions', level, atMs: endMs, message, evidence } as const
      })
  },
})
