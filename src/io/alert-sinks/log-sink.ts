import type { AlertSeverity, LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import type { AlertSink } from './alert-sink.ts'

export interface AlertLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const LEVELS = { info: 'info', warning: 'warn', critical: 'error' } as const satisfies Record<
  AlertSeverity,
  keyof AlertLogger
>

/** Alerts as log lines of the process. */
export class LogSink implements AlertSink {
  readonly name = 'log'
  readonly resendMs = null
  readonly #logger: AlertLogger

  constructor(logger: AlertLogger) {
    this.#logger = logger
  }

  send(alerts: readonly LifecycleAlert[]): Promise<string> {
    for (const { message, ...alert } of alerts) {
      const { kind, status, severity, subject, deduplicationKey, evidence, runbook } = alert
      const level = status === 'resolved' ? 'info' : LEVELS[severity]
      const fields = { alert: kind, status, severity, subject, deduplicationKey, evidence, runbook }
      this.#logger[level](fields, `alert ${status}: ${message}`)
    }
    return Promise.resolve('written')
  }
}
