import { transitionWith, type UserRule } from './user-rule.ts'

const DAY_MS = 86_400_000

/** A loyal user's evidence moved them to another stage. The stages' margin and lead time are its hysteresis. */
export const LEFT_LOYAL: UserRule = {
  definition: {
    kind: 'left-loyal',
    family: 'user',
    severity: 'warning',
    coolDownHours: 24,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {},
    watches:
      'Fires when a loyal user moves to another stage by evidence; resolved when they are loyal again. ' +
      'stages.margin and stages.minLeadMinutes keep it from flapping.',
    action: 'Compare the posteriors before and after the transition: which task fell? Offer what answers that task.',
  },
  level: (facts) => {
    if (facts.stage === 'loyal') return 'clear'
    return transitionWith(facts, 'evidence')?.from === 'loyal' ? 'breach' : 'between'
  },
  message: (facts, status) => {
    if (status === 'resolved') return `${facts.userId} is loyal again`
    const days = ((transitionWith(facts, 'evidence')?.heldForMs ?? 0) / DAY_MS).toFixed(1)
    return `${facts.userId} left loyal for ${facts.stage} after ${days} days`
  },
}
