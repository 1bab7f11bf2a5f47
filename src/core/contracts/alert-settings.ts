import type { AlertKind, AlertSeverity, UserAlertKind } from './lifecycle-alert.ts'

/** How one alert rule is set. */
export interface AlertRuleSettings {
  readonly enabled: boolean
  readonly severity: AlertSeverity
  /** After firing, the rule does not fire again about the same subject for so long. */
  readonly coolDownMs: number
  /** Consecutive breaches before it fires, and all-clears before it is resolved. */
  readonly fireAfter: number
  readonly clearAfter: number
  /** The rule's own numbers, by the names of its definition. */
  readonly thresholds: Readonly<Record<string, number>>
}

export type AlertSettings = Readonly<Record<AlertKind, AlertRuleSettings>>

/** Of the rules that the tracker decides. */
export type UserAlertSettings = Readonly<Record<UserAlertKind, AlertRuleSettings>>

/** What a rule remembers about one subject. */
export interface AlertSlot {
  /** Consecutive breaches and all-clears so far. */
  breaches: number
  clears: number
  /** Since when it fires, unix ms; 0 while it does not. */
  startsAt: number
  /** When it fired last; 0 for never. */
  lastFiredAt: number
}
