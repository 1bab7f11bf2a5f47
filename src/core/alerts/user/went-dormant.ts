import { transitionWith, type UserRule } from './user-rule.ts'

/** A valued user is silent beyond the configured quantile of their own gaps. */
export const WENT_DORMANT: UserRule = {
  definition: {
    kind: 'went-dormant',
    family: 'user',
    severity: 'warning',
    coolDownHours: 24,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {},
    watches:
      'Fires when a stick or loyal user is silent beyond activity.gapQuantile of their own gaps between sessions ' +
      '(95 % by default); of a stick user as info. Resolved when they have an event again.',
    action:
      'Send the user a reason to come back; the state says what they liked. Look for an outage if many go at once.',
  },
  level: (facts) => {
    if (!facts.dormant) return 'clear'
    return transitionWith(facts, 'dormant') && isValued(facts.stage) ? 'breach' : 'between'
  },
  severity: ({ stage }) => (stage === 'loyal' ? null : 'info'),
  message: ({ userId, stage }, status) =>
    status === 'resolved'
      ? `${userId} (${stage}) has an event again`
      : `${userId} (${stage}) is silent beyond their own gaps`,
}

function isValued(stage: string): boolean {
  return stage === 'loyal' || stage === 'stick'
}
