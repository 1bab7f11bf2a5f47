import type { SourcePosition } from './ids.ts'

export const ALERT_KINDS = ['left-loyal', 'went-dormant', 'returned'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number]

/** Something a growth team may act on (schemas/lifecycle-alert.v1.avsc). */
export interface LifecycleAlert {
  readonly kind: AlertKind
  readonly severity: AlertSeverity
  /** What the alert is about: a user id. */
  readonly subject: string
  readonly message: string
  readonly evidence: Readonly<Record<string, string>>
  /** Equal keys are one alert. */
  readonly deduplicationKey: string
  /** Section of the README that says what to do. */
  readonly runbook: string
  readonly eventTime: number
  readonly source: SourcePosition
}
