import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

/** Windows before a collapse can be told. */
const MIN_WINDOWS = 3
const WEIGHT = 0.1

interface TaskSpread {
  count: number
  mean: number
  squares: number
  windows: number
  /** Running mean of the windows' standard deviations. */
  usual: number
}

/** The users' posteriors of a task become all the same. */
export const POSTERIOR_COLLAPSE = monitorRule<Record<string, TaskSpread>>({
  definition: {
    kind: 'posterior-collapse',
    family: 'model',
    severity: 'critical',
    coolDownHours: 24,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {
      minRatio: { default: 0.25, min: 0, max: 1, describe: 'Spread, as a share of the usual one, that is too little' },
      clearRatio: { default: 0.5, min: 0, max: 1, describe: 'Share at which it is fine again' },
      window: { default: 2000, min: 50, max: 1e7, describe: 'Published states of which one spread is worked out' },
    },
    ordered: [['minRatio', 'clearRatio']],
    watches:
      'The standard deviation, over published states, of the posterior mean of each task. Fires when it is below minRatio ' +
      'of its running mean: users can no longer be told apart. Resolved above clearRatio.',
    action:
      'Look at the prior of the newest bundle: a very strong one draws everybody to one value. Go back to the bundle before.',
  },
  sees: ['state'],
  start: () => ({}),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'state') return NO_VERDICTS
    const { minRatio, clearRatio, window } = thresholds
    const { tasks, eventTime, bundleVersion } = observation.state
    return tasks.flatMap(({ task, mean }) => {
      const held = (state[task] ??= { count: 0, mean: 0, squares: 0, windows: 0, usual: 0 })
      held.count++
      const fromMean = mean - held.mean
      held.mean += fromMean / held.count
      held.squares += fromMean * (mean - held.mean)
      if (held.count < window) return []
      const spread = Math.sqrt(held.squares / (held.count - 1))
      const { usual, windows } = held
      Object.assign(held, { count: 0, mean: 0, squares: 0 })
      const ratio = usual > 0 ? spread / usual : 1
      const isCollapse = windows >= MIN_WINDOWS && ratio < minRatio
      const isFine = windows < MIN_WINDOWS || ratio >= clearRatio
      if (isFine) {
        held.windows++
        held.usual += Math.max(WEIGHT, 1 / held.windows) * (spread - usual)
      }
      const evidence = {
        task,
        spread: spread.toPrecision(3),
        usual: usual.toPrecision(3),
        ratio: ratio.toFixed(3),
        states: String(window),
        bundleVersion: String(bundleVersion),
      }
      const message = `Posterior means of ${task} spread by ${evidence.spread} over users; usual are ${evidence.usual}`
      return [
        {
          subject: task,
          level: isCollapse ? 'breach' : isFine ? 'clear' : 'between',
          atMs: eventTime,
          message,
          evidence,
        } as const,
      ]
    })
  },
})
