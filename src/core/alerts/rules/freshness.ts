import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

interface FreshnessState {
  /** Since when the lag has been too much, unix ms; 0 while it is not. */
  sinceMs: number
}

/** What is served is older than it may be. */
export const FRESHNESS = monitorRule<FreshnessState>({
  definition: {
    kind: 'freshness',
    family: 'operations',
    severity: 'critical',
    coolDownHours: 1,
    fireAfter: 1,
    clearAfter: 3,
    thresholds: {
      maxSeconds: {
        default: 60,
        min: 0.1,
        max: 86_400,
        describe: 'Age of the newest moment of which every state is served',
      },
      clearSeconds: { default: 20, min: 0.1, max: 86_400, describe: 'Age at which it is fine again' },
      forSeconds: { default: 120, min: 0, max: 86_400, describe: 'How long it must be too much' },
    },
    ordered: [['clearSeconds', 'maxSeconds']],
    watches:
      'How far the served view of the states is behind what has been published. Fires when it has been more than ' +
      'maxSeconds for forSeconds; resolved below clearSeconds.',
    action: 'Look at the API’s lag and memory on the operations page; restart it when it does not get on.',
  },
  sees: ['freshness'],
  start: () => ({ sinceMs: 0 }),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'freshness') return NO_VERDICTS
    const { maxSeconds, clearSeconds, forSeconds } = thresholds
    const { timeMs, lagSeconds } = observation
    if (lagSeconds <= maxSeconds) state.sinceMs = 0
    else if (state.sinceMs === 0) state.sinceMs = timeMs
    const isOld = state.sinceMs > 0 && timeMs - state.sinceMs >= forSeconds * 1000
    const evidence = { lagSeconds: lagSeconds.toFixed(1), bound: String(maxSeconds) }
    const message = `Served states are ${evidence.lagSeconds} s behind`
    return [
      {
        subject: 'view',
        level: isOld ? 'breach' : lagSeconds <= clearSeconds ? 'clear' : 'between',
        atMs: timeMs,
        message,
        evidence,
      },
    ]
  },
})
