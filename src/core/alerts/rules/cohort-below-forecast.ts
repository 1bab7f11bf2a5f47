import { normalQuantile } from '../../statistics/normal-quantile.ts'
import { rateForecast } from '../../statistics/rate-forecast.ts'
import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

interface CohortState {
  /** By age: start of the latest cohort that was judged, unix ms. */
  latest: Record<string, number>
}

/** A weekly cohort comes back less than the cohorts before it did at that age. */
export const COHORT_BELOW_FORECAST = monitorRule<CohortState>({
  definition: {
    kind: 'cohort-below-forecast',
    family: 'population',
    severity: 'warning',
    coolDownHours: 168,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {
      alpha: { default: 0.001, min: 1e-9, max: 0.5, describe: 'Probability of a false alarm per cohort and age' },
      minUsers: { default: 30, min: 2, max: 1e9, describe: 'Users of a cohort below which nothing is said' },
      minCohorts: { default: 3, min: 2, max: 100, describe: 'Earlier cohorts that a forecast needs' },
      minShortfall: { default: 0.1, min: 0, max: 1, describe: 'Share of the forecast that must be missing' },
    },
    watches:
      'The share of a weekly cohort that is active again, at each age in weeks, against a prediction interval from the ' +
      'cohorts before (random effects). Fires below its alpha quantile; resolved when the next cohort of that age is ' +
      'within half of minShortfall of its forecast.',
    action: 'See who these users are and what they met in their first week; compare with the cohort before.',
  },
  sees: ['cohort'],
  start: () => ({ latest: {} }),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'cohort') return NO_VERDICTS
    const { startMs, endMs, age, users, active, earlier } = observation
    const { alpha, minUsers, minCohorts, minShortfall } = thresholds
    if (startMs <= (state.latest[age] ?? -1)) return NO_VERDICTS
    state.latest[age] = startMs
    const used = earlier.filter((cohort) => cohort.users >= minUsers)
    const forecast = rateForecast(used, users)
    if (users < minUsers || used.length < minCohorts || !forecast) return NO_VERDICTS
    const rate = active / users
    const bound = Math.max(0, forecast.mean + normalQuantile(alpha) * forecast.deviation)
    const isShort = rate < bound && rate <= forecast.mean * (1 - minShortfall)
    const isFine = rate >= forecast.mean * (1 - minShortfall / 2)
    const week = new Date(startMs).toISOString().slice(0, 10)
    const evidence = {
      cohort: week,
      age: String(age),
      users: String(users),
      active: String(active),
      rate: rate.toFixed(3),
      forecast: forecast.mean.toFixed(3),
      bound: bound.toFixed(3),
      earlierCohorts: String(used.length),
    }
    const message =
      `Of the cohort of ${week}, ${(100 * rate).toFixed(1)} % were active after ${age} weeks; ` +
      `the forecast is ${(100 * forecast.mean).toFixed(1)} %, its bound ${(100 * bound).toFixed(1)} %`
    return [
      {
        subject: `week ${age}`,
        level: isShort ? 'breach' : isFine ? 'clear' : 'between',
        atMs: endMs,
        message,
        evidence,
      },
    ]
  },
})
