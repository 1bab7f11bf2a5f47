import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import { alertContent, idempotencyKey } from './alert-content.ts'
import type { AlertSink } from './alert-sink.ts'
import { postJson } from './post-json.ts'
import { signWebhook } from './sign-webhook.ts'

export interface WebhookOptions {
  readonly url: string
  readonly secret: Buffer
  readonly runbookBase: string
  readonly timeoutMs: number
  readonly nowMs: () => number
}

/** Posts each alert by itself, signed, with a key by which the receiver knows one that it has had. */
export class WebhookSink implements AlertSink {
  readonly name = 'webhook'
  readonly resendMs = null
  readonly #options: WebhookOptions

  constructor(options: WebhookOptions) {
    this.#options = options
  }

  async send(alerts: readonly LifecycleAlert[]): Promise<string> {
    const statuses = await Promise.all(alerts.map((alert) => this.#post(alert)))
    return [...new Set(statuses)].join(', ')
  }

  #post(alert: LifecycleAlert): Promise<number> {
    const { url, secret, runbookBase, timeoutMs, nowMs } = this.#options
    const body = JSON.stringify(alertContent(alert, runbookBase))
    const key = idempotencyKey(alert)
    const headers = { ...signWebhook(secret, key, nowMs(), body), 'idempotency-key': key }
    return postJson({ url, headers, body, timeoutMs, action: 'send the alert to the webhook' })
  }
}
