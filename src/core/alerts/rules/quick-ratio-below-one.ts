import { normalQuantile } from '../../statistics/normal-quantile.ts'
import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

interface GrowthState {
  /** End of the latest interval that was judged, unix ms. */
  lastEnd: number
}

/** More users lost than gained in a week. */
export const QUICK_RATIO_BELOW_ONE = monitorRule<GrowthState>({
  definition: {
    kind: 'quick-ratio-below-one',
    family: 'population',
    severity: 'warning',
    coolDownHours: 336,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {
      alpha: {
        default: 0.01,
        min: 1e-9,
        max: 0.5,
        describe: 'Probability of a false alarm in a week with as many gained as lost',
      },
      minUsers: { default: 50, min: 1, max: 1e9, describe: 'Users gained or lost below which nothing is said' },
    },
    watches:
      'Users gained (new and returned) against users lost (gone dormant) in a complete week. Fires when fewer were gained, ' +
      'by more than chance explains: a binomial test of even odds at alpha. Resolved by a week with as many gained as lost.',
    action:
      'Look at growth by week on the dashboard: did fewer come, or did more leave? Then at the channel or the cohort.',
  },
  sees: ['growth'],
  start: () => ({ lastEnd: 0 }),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'growth' || observation.interval !== 'week') return NO_VERDICTS
    const { startMs, endMs, growth } = observation
    if (endMs <= state.lastEnd) return NO_VERDICTS
    state.lastEnd = endMs
    const gained = growth.new + growth.returned
    const lost = growth.dormant
    if (gained + lost < thresholds.minUsers) return NO_VERDICTS
    // Given how many moved, those gained are binomial with one half under even odds; normal approximation.
    const z = (gained - lost) / Math.sqrt(gained + lost)
    const level = z < normalQuantile(thresholds.alpha) ? 'breach' : gained >= lost ? 'clear' : 'between'
    const ratio = lost > 0 ? (gained / lost).toFixed(2) : 'infinite'
    const week = new Date(startMs).toISOString().slice(0, 10)
    const message = `Quick ratio ${ratio} in the week from ${week}: ${gained} users gained, ${lost} lost`
    const evidence = { week, quickRatio: ratio, gained: String(gained), lost: String(lost), z: z.toFixed(2) }
    return [{ subject: 'population', level, atMs: endMs, message, evidence }]
  },
})
