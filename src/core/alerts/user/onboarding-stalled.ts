import type { UserFacts, UserRule } from './user-rule.ts'

const DAY_MS = 86_400_000

/** A user has been `new` since their first event for too long. */
export const ONBOARDING_STALLED: UserRule = {
  definition: {
    kind: 'onboarding-stalled',
    family: 'user',
    severity: 'info',
    coolDownHours: 24,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {
      afterDays: { default: 7, min: 0.01, max: 365, describe: 'Days since the first event without another stage' },
    },
    watches:
      'Fires when a user has not left the stage new for afterDays since their first event, whether they are silent or ' +
      'show too little evidence. Resolved when they reach another stage.',
    action: 'See what the user was shown first, and whether they met a click; change the first screen for such users.',
  },
  level: (facts, { afterDays }) => {
    if (facts.stage !== 'new') return 'clear'
    return isFirstStage(facts) && facts.timeMs >= facts.firstEventTime + afterDays * DAY_MS ? 'breach' : 'between'
  },
  message: ({ userId, stage, timeMs, firstEventTime }, status) =>
    status === 'resolved'
      ? `${userId} has reached ${stage}`
      : `${userId} is still new ${((timeMs - firstEventTime) / DAY_MS).toFixed(1)} days after the first event`,
  due: (facts, { afterDays }) =>
    isFirstStage(facts) ? facts.firstEventTime + Math.ceil(afterDays * DAY_MS) : Infinity,
}

function isFirstStage({
  stage,
  stageSince,
  firstEventTime,
}: Pick<UserFacts, 'stage' | 'stageSince' | 'firstEventTime'>) {
  return stage === 'new' && stageSince === firstEventTime
}
