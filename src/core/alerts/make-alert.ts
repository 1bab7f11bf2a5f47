import type { AlertSlot } from '../contracts/alert-settings.ts'
import type { SourcePosition } from '../contracts/ids.ts'
import type { AlertSeverity, AlertStatus, LifecycleAlert } from '../contracts/lifecycle-alert.ts'
import { runbookOf, type RuleDefinition } from './rule-definition.ts'

export interface AlertContent {
  readonly status: AlertStatus
  readonly severity: AlertSeverity
  readonly subject: string
  readonly message: string
  readonly evidence: Readonly<Record<string, string>>
  readonly startsAt: number
  readonly eventTime: number
  readonly source: SourcePosition
}

/** The record of a rule that fires or is resolved; `eventTime` is when. */
export function makeAlert({ kind, family, action }: RuleDefinition, content: AlertContent): LifecycleAlert {
  const { status, subject, startsAt, eventTime } = content
  const fingerprint = `${kind}/${subject}`
  return {
    ...content,
    kind,
    family,
    deduplicationKey: `${fingerprint}/${startsAt}`,
    fingerprint,
    endsAt: status === 'resolved' ? eventTime : null,
    suggestedAction: action,
    runbook: runbookOf(kind),
  }
}

/** When the alert of a slot that has just moved began: a resolved one's slot has forgotten it but for the last firing. */
export function startOf({ startsAt, lastFiredAt }: AlertSlot): number {
  return startsAt || lastFiredAt
}
