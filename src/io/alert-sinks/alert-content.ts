import { createHash } from 'node:crypto'
import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'

/** Equal for every attempt to tell of the same: an alert's beginning, or its end. */
export function idempotencyKey({ deduplicationKey, status }: LifecycleAlert): string {
  return `alert_${createHash('sha256').update(`${deduplicationKey}/${status}`).digest('hex').slice(0, 32)}`
}

/** The runbook's file behind the configured address. */
export function runbookUrl(base: string, runbook: string): string {
  return base === '' ? runbook : `${base.replace(/\/+$/, '')}/${runbook}`
}

/** An alert as a webhook gets it: times in ISO 8601. */
export function alertContent(alert: LifecycleAlert, runbookBase: string): Record<string, unknown> {
  const { startsAt, endsAt, eventTime, runbook, ...rest } = alert
  const iso = (ms: number): string => new Date(ms).toISOString()
  return {
    ...rest,
    startsAt: iso(startsAt),
    endsAt: endsAt === null ? null : iso(endsAt),
    eventTime: iso(eventTime),
    runbook: runbookUrl(runbookBase, runbook),
  }
}
