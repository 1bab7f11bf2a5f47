import type { SourcePosition } from './ids.ts'

/** Rules by family. A record may carry a kind that a newer program wrote: the list is of the rules known here. */
export const ALERT_KINDS = [
  'left-loyal',
  'went-dormant',
  'onboarding-stalled',
  'returned',
  'stage-share-shift',
  'quick-ratio-below-one',
  'cohort-below-forecast',
  'task-events-stopped',
  'late-share',
  'dead-letter-rate',
  'calibration-error',
  'loss-jump',
  'posterior-collapse',
  'embedding-drift',
  'lag-burn',
  'restore-stuck',
  'freshness',
  'state-skew',
] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** Rules that the tracker itself decides, with the user's state. */
export const USER_ALERT_KINDS = ['left-loyal', 'went-dormant', 'onboarding-stalled', 'returned'] as const
export type UserAlertKind = (typeof USER_ALERT_KINDS)[number]

export const ALERT_FAMILIES = ['user', 'population', 'data', 'model', 'operations'] as const
export type AlertFamily = (typeof ALERT_FAMILIES)[number]

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number]

export const ALERT_STATUSES = ['firing', 'resolved'] as const
export type AlertStatus = (typeof ALERT_STATUSES)[number]

/** Something to act on, or the end of it (schemas/lifecycle-alert.v2.avsc). */
export interface LifecycleAlert {
  /** Name of the rule: one of ALERT_KINDS, or one of a newer program. */
  readonly kind: string
  readonly family: AlertFamily
  readonly status: AlertStatus
  readonly severity: AlertSeverity
  /** What the alert is about: a user id, a task, a partition, an interval; `population` for everybody. */
  readonly subject: string
  readonly message: string
  readonly evidence: Readonly<Record<string, string>>
  /** Equal keys are one alert: its firing record and its resolved one. */
  readonly deduplicationKey: string
  /** Equal for every alert of one rule about one subject. */
  readonly fingerprint: string
  /** Time of the rule's clock at which it began to fire, unix ms. */
  readonly startsAt: number
  /** And ended; null while it fires. */
  readonly endsAt: number | null
  /** One sentence: what to do first. */
  readonly suggestedAction: string
  /** File that says what it means and what to do. */
  readonly runbook: string
  readonly eventTime: number
  readonly source: SourcePosition
}
