import { userAlerts, userAlertsDue, type UserSlots } from '../../../core/alerts/user/user-alerts.ts'
import type { UserAlertSettings } from '../../../core/contracts/alert-settings.ts'
import type { SourcePosition } from '../../../core/contracts/ids.ts'
import type { LifecycleAlert } from '../../../core/contracts/lifecycle-alert.ts'
import type { Stage } from '../../../core/contracts/stage.ts'
import type { StageTransition } from '../../../core/contracts/stage-transition.ts'

export interface ReplayedUser {
  readonly userId: string
  readonly firstEventTime: number
  /** In the order in which they were published. */
  readonly transitions: readonly StageTransition[]
}

export interface ReplayOptions {
  readonly settings: UserAlertSettings
  readonly returnedForMs: number
  /** Timers fire up to here, unix ms. */
  readonly untilMs: number
  readonly source: SourcePosition
}

/**
 * What the rules about users would have said, by the very functions of the tracker: the user's facts follow from the
 * published transitions and the time of the first event.
 */
export function replayUserRules(user: ReplayedUser, options: ReplayOptions): LifecycleAlert[] {
  const { settings, returnedForMs, untilMs, source } = options
  const slots: UserSlots = new Map()
  const alerts: LifecycleAlert[] = []
  let held = {
    userId: user.userId,
    stage: 'new' as Stage,
    stageSince: user.firstEventTime,
    firstEventTime: user.firstEventTime,
    dormant: false,
    returnedUntil: 0,
  }
  const look = (timeMs: number, transitions: readonly StageTransition[], at: SourcePosition): void => {
    const evidence = () => transitionEvidence(transitions)
    alerts.push(...userAlerts(slots, { ...held, timeMs, transitions }, settings, at, evidence))
  }
  const fireTimers = (until: number): void => {
    for (;;) {
      const returned = held.returnedUntil > 0 ? held.returnedUntil : Infinity
      const due = Math.min(returned, userAlertsDue(slots, held, settings))
      if (due > until) return
      if (due === returned) held = { ...held, returnedUntil: 0 }
      look(due, [], source)
    }
  }
  for (const transition of user.transitions) {
    const { eventTime, reason, to } = transition
    fireTimers(eventTime - 1)
    if (reason === 'evidence') held = { ...held, stage: to, stageSince: eventTime }
    if (reason === 'dormant') held = { ...held, dormant: true }
    if (reason === 'returned') held = { ...held, dormant: false, returnedUntil: eventTime + returnedForMs }
    look(eventTime, [transition], transition.source)
  }
  fireTimers(untilMs)
  return alerts
}

function transitionEvidence(transitions: readonly StageTransition[]): Record<string, string> {
  const transition = transitions.at(-1)
  if (!transition) return {}
  const { from, to, probability, heldForMs } = transition
  return { from, to, probability: probability.toFixed(3), heldDays: (heldForMs / 86_400_000).toFixed(1) }
}
