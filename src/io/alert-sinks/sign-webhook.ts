import { createHmac } from 'node:crypto'

const SECRET_PREFIX = 'whsec_'

/** Bytes of a secret as Standard Webhooks writes it, base64 behind `whsec_`, or of any other text as it is. */
export function secretBytes(text: string): Buffer {
  const secret = text.trim()
  return secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret)
}

/**
 * Headers that let a receiver verify a webhook: HMAC-SHA256 over id, time and body, as the Standard Webhooks
 * specification 1.0.0 has it. `timeMs` is when it is sent; receivers refuse old ones.
 */
export function signWebhook(secret: Buffer, id: string, timeMs: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(timeMs / 1000))
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
