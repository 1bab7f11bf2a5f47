import { transitionWith, type UserRule } from './user-rule.ts'

/** A dormant user had an event. */
export const RETURNED: UserRule = {
  definition: {
    kind: 'returned',
    family: 'user',
    severity: 'info',
    coolDownHours: 24,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {},
    watches: 'Fires when a dormant user has an event; resolved when activity.returnedDays have passed.',
    action: 'Greet the user with what they liked; within the returned days they are the easiest to keep.',
  },
  level: (facts) => {
    if (transitionWith(facts, 'returned')) return 'breach'
    return facts.timeMs >= facts.returnedUntil ? 'clear' : 'between'
  },
  message: ({ userId, stage }, status) =>
    status === 'resolved' ? `${userId} (${stage}) is no longer counted as returned` : `${userId} (${stage}) is back`,
}
