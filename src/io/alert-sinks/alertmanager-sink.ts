import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import { runbookUrl } from './alert-content.ts'
import type { AlertSink } from './alert-sink.ts'
import { postJson } from './post-json.ts'

/** As Prometheus does it: a firing alert ends by itself when it is not sent again for so many periods. */
const PERIODS_TO_END = 4

export interface AlertmanagerOptions {
  readonly url: string
  readonly runbookBase: string
  readonly timeoutMs: number
  readonly resendMs: number
  readonly nowMs: () => number
}

/** Prometheus Alertmanager's API, version 2: POST /api/v2/alerts. */
export class AlertmanagerSink implements AlertSink {
  readonly name = 'alertmanager'
  readonly resendMs: number
  readonly #options: AlertmanagerOptions

  constructor(options: AlertmanagerOptions) {
    this.#options = options
    this.resendMs = options.resendMs
  }

  async send(alerts: readonly LifecycleAlert[]): Promise<string> {
    const { url, timeoutMs } = this.#options
    const body = JSON.stringify(alerts.map((alert) => this.#alertOf(alert)))
    const address = `${url.replace(/\/+$/, '')}/api/v2/alerts`
    return String(await postJson({ url: address, body, timeoutMs, action: 'send alerts to the Alertmanager' }))
  }

  /** Its clock is the wall clock, ours may be that of old events: neither start nor end lie in its future. */
  #alertOf(alert: LifecycleAlert) {
    const { kind, family, severity, subject, status, message, suggestedAction, evidence, runbook } = alert
    const now = this.#options.nowMs()
    const startsAt = Math.min(alert.startsAt, now - 1)
    const endsAt =
      status === 'firing'
        ? now + PERIODS_TO_END * this.resendMs
        : Math.max(startsAt + 1, Math.min(alert.endsAt ?? now, now))
    return {
      labels: { alertname: kind, family, severity, subject, service: 'stan-lifecycle' },
      annotations: {
        summary: message,
        description: suggestedAction,
        runbook_url: runbookUrl(this.#options.runbookBase, runbook),
        evidence: Object.entries(evidence)
          .map(([name, value]) => `${name}: ${value}`)
          .join('\n'),
        deduplication_key: alert.deduplicationKey,
      },
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
    }
  }
}
