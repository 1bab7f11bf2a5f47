import { monitorRule, NO_VERDICTS, type Verdict } from '../monitor-rule.ts'

const MINUTE_MS = 60_000
/** By partition: the records that were left, since when there are as many, and the latest look. */
type RestoreState = Record<string, { remaining: number; sinceMs: number; seenMs?: number }>

/** A partition's state is restored and does not get on. */
export const RESTORE_STUCK = monitorRule<RestoreState>({
  definition: {
    kind: 'restore-stuck',
    family: 'operations',
    severity: 'critical',
    coolDownHours: 1,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {
      stuckMinutes: {
        default: 5,
        min: 0.01,
        max: 1440,
        describe: 'Time for which no record of the changelog was restored',
      },
    },
    watches:
      'The records of the changelog that a partition’s state still lacks. Fires when they have not become fewer for ' +
      'stuckMinutes; resolved when they do, or when the state is whole.',
    action:
      'Look at the broker that leads the changelog’s partition, then at the disk of the tracker; restart it on another machine.',
  },
  sees: ['restore'],
  start: () => ({}),
  observe: (state, observation, { thresholds }) => {
    if (observation.kind !== 'restore') return NO_VERDICTS
    const { timeMs, remaining } = observation
    const partitions = new Set([...Object.keys(state), ...Object.keys(remaining)])
    return [...partitions].map((partition): Verdict => {
      const left = remaining[partition] ?? 0
      const held = state[partition]
      if (left === 0) delete state[partition]
      else {
        // After so long without a look no process was there: the next restore begins as far from its end as this one.
        const gapMs = Math.max(1, thresholds.stuckMinutes) * MINUTE_MS
        const goesOn = held?.remaining === left && timeMs - (held.seenMs ?? timeMs) <= gapMs
        state[partition] = { remaining: left, sinceMs: goesOn ? held.sinceMs : timeMs, seenMs: timeMs }
      }
      const minutes = left === 0 ? 0 : (timeMs - state[partition].sinceMs) / MINUTE_MS
      const isStuck = left > 0 && minutes >= thresholds.stuckMinutes
      const hasMoved = left === 0 || minutes === 0
      const evidence = { partition, remaining: String(left), stuckMinutes: minutes.toFixed(1) }
      const message =
        left === 0
          ? `The state of partition ${partition} is whole`
          : `The state of partition ${partition} lacks ${left} records, and no fewer for ${evidence.stuckMinutes} min`
      return {
        subject: `partition ${partition}`,
        level: isStuck ? 'breach' : hasMoved ? 'clear' : 'between',
        atMs: timeMs,
        message,
        evidence,
      }
    })
  },
})
