import { monitorRule, NO_VERDICTS } from '../monitor-rule.ts'

interface SkewState {
  /** States found equal since the last one that was not. */
  equalSince: number
  /** In all. */
  checked: number
  differing: number
}

/** Published states are not what a replay of the log gives. */
export const STATE_SKEW = monitorRule<SkewState>({
  definition: {
    kind: 'state-skew',
    family: 'operations',
    severity: 'critical',
    coolDownHours: 6,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {
      maxShare: { default: 0, min: 0, max: 1, describe: 'Share of the recomputed states that may differ' },
      clearAfterChecked: { default: 1000, min: 1, max: 1e9, describe: 'States in a row that must be equal again' },
    },
    watches:
      'A sample of published states, recomputed from the log. The fold is deterministic, so one difference is a defect: ' +
      'fires above maxShare of a look; resolved after clearAfterChecked equal states in a row.',
    action: 'Run `verify`: it names the first user, field and position that differ. Do not delete the store before.',
  },
  sees: ['skew'],
  start: () => ({ equalSince: 0, checked: 0, differing: 0 }),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'skew' || observation.checked === 0) return NO_VERDICTS
    const { timeMs, checked, differing, example } = observation
    state.checked += checked
    state.differing += differing
    state.equalSince = differing > 0 ? 0 : state.equalSince + checked
    const isSkewed = differing / checked > thresholds.maxShare
    const level = isSkewed ? 'breach' : state.equalSince >= thresholds.clearAfterChecked ? 'clear' : 'between'
    const evidence = {
      checked: String(checked),
      differing: String(differing),
      checkedInAll: String(state.checked),
      differingInAll: String(state.differing),
      ...(example !== undefined && { example }),
    }
    const message = `${differing} of ${checked} recomputed states differ from what was published`
    return [{ subject: 'states', level, atMs: timeMs, message, evidence }]
  },
})
