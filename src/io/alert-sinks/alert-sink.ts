import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'

/**
 * The port for who is told of alerts outside the log: a webhook, an Alertmanager, the process's own log lines. A sink
 * keeps nothing: the forwarder follows lifecycle-alerts for it and knows what it has had.
 */
export interface AlertSink {
  readonly name: string
  /** A receiver that forgets is told of what fires again after so long; null for one that does not. */
  readonly resendMs: number | null
  /**
   * Resolves once the receiver has all of them, and with what it answered. The same alert may be sent again after a
   * crash, with the same key. Throws LifecycleError `alert-undelivered`, retryable unless the receiver will never take it.
   */
  send(alerts: readonly LifecycleAlert[]): Promise<string>
}
