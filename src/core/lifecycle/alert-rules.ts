import type { LifecycleAlert } from '../contracts/lifecycle-alert.ts'
import type { StageTransition } from '../contracts/stage-transition.ts'

/** The alert that a transition deserves, or null: a user left loyal, a valued user went silent, a user came back. */
export function alertOf(transition: StageTransition): LifecycleAlert | null {
  const { userId, from, to, reason, eventTime, heldForMs, probability, source } = transition
  const heldDays = (heldForMs / 86_400_000).toFixed(1)
  const base = {
    subject: userId,
    evidence: { from, to, heldDays, probability: probability.toFixed(3), offset: String(source.offset) },
    eventTime,
    source,
  }
  switch (reason) {
    case 'evidence':
      if (from !== 'loyal') return null
      return {
        ...base,
        kind: 'left-loyal',
        severity: 'warning',
        message: `${userId} left loyal for ${to} after ${heldDays} days`,
        deduplicationKey: `left-loyal/${userId}/${eventTime}`,
        runbook: 'README.md#left-loyal',
      }
    case 'dormant':
      if (from !== 'loyal' && from !== 'stick') return null
      return {
        ...base,
        kind: 'went-dormant',
        severity: from === 'loyal' ? 'warning' : 'info',
        message: `${userId} (${from}) is silent beyond their own gaps`,
        deduplicationKey: `went-dormant/${userId}/${eventTime}`,
        runbook: 'README.md#went-dormant',
      }
    case 'returned':
      return {
        ...base,
        kind: 'returned',
        severity: 'info',
        message: `${userId} (${from}) is back`,
        deduplicationKey: `returned/${userId}/${eventTime}`,
        runbook: 'README.md#returned',
      }
  }
}
