import type { AlertSlot, UserAlertSettings } from '../../contracts/alert-settings.ts'
import type { SourcePosition } from '../../contracts/ids.ts'
import { type LifecycleAlert, USER_ALERT_KINDS } from '../../contracts/lifecycle-alert.ts'
import { makeAlert, startOf } from '../make-alert.ts'
import { emptySlot, stepAlert } from '../step-alert.ts'
import type { UserFacts } from './user-rule.ts'
import { USER_RULES } from './user-rules.ts'

/** Slots of a user by the rule's place in USER_ALERT_KINDS; rules that never fired have none. */
export type UserSlots = Map<number, AlertSlot>

/**
 * Alerts that an event or a timer of a user brings. The slots are moved in place. A rule that has been switched off
 * resolves what it had fired. `evidenceOf` is asked for only when something fires or is resolved.
 */
export function userAlerts(
  slots: UserSlots,
  facts: UserFacts,
  settings: UserAlertSettings,
  source: SourcePosition,
  evidenceOf: () => Readonly<Record<string, string>>,
): LifecycleAlert[] {
  const alerts: LifecycleAlert[] = []
  USER_ALERT_KINDS.forEach((kind, index) => {
    const rule = USER_RULES[kind]
    const set = settings[kind]
    const held = slots.get(index)
    if (!set.enabled && !held?.startsAt) return
    const level = set.enabled ? rule.level(facts, set.thresholds) : 'clear'
    if (!held && level !== 'breach') return
    const slot = held ?? emptySlot()
    const status = stepAlert(slot, level, facts.timeMs, set)
    // One breach fires, one all-clear resolves: rows are not kept, neither here nor in the stored state.
    slot.breaches = 0
    slot.clears = 0
    if (slot.lastFiredAt !== 0) slots.set(index, slot)
    if (status === null) return
    alerts.push(
      makeAlert(rule.definition, {
        status,
        severity: rule.severity?.(facts) ?? set.severity,
        subject: facts.userId,
        message: rule.message(facts, status),
        evidence: { ...evidenceOf(), offset: String(source.offset) },
        startsAt: startOf(slot),
        eventTime: facts.timeMs,
        source,
      }),
    )
  })
  return alerts
}

/** When to look at the user again although nothing has happened, unix ms; Infinity for never. */
export function userAlertsDue(
  slots: UserSlots,
  facts: Omit<UserFacts, 'timeMs' | 'transitions'>,
  settings: UserAlertSettings,
): number {
  let due = Infinity
  USER_ALERT_KINDS.forEach((kind, index) => {
    const { enabled, thresholds } = settings[kind]
    const rule = USER_RULES[kind]
    if (enabled && rule.due && !slots.has(index)) due = Math.min(due, rule.due(facts, thresholds))
  })
  return due
}
