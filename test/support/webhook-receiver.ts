import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Delivery {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly status: number
}

/** A webhook's receiver on a loopback port. It answers with the statuses it is given, then with 200. */
export class WebhookReceiver {
  readonly deliveries: Delivery[] = []
  /** Statuses of the next answers; `hang` never answers. */
  readonly faults: (number | 'hang')[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const fault = this.faults.shift() ?? 200
        const status = fault === 'hang' ? 0 : fault
        const body = Buffer.concat(chunks).toString()
        this.deliveries.push({ path: request.url ?? '', headers: request.headers, body, status })
        if (fault !== 'hang') response.writeHead(status).end(status === 200 ? '' : 'not now')
      })
    })
  }

  static async start(port = 0): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver()
    receiver.#server.listen(port, '127.0.0.1')
    await once(receiver.#server, 'listening')
    onTestFinished(() => receiver.stop())
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alerts`
  }

  /** Bodies that were taken, parsed. */
  taken(): Record<string, unknown>[] {
    return this.deliveries
      .filter(({ status }) => status === 200)
      .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

/** As a receiver verifies by the Standard Webhooks specification, with code of its own. */
export function isSigned({ headers, body }: Delivery, secret: string): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  const expected = Buffer.from(createHmac('sha256', secret).update(signed).digest('base64'))
  const [version, given] = String(headers['webhook-signature']).split(',')
  const bytes = Buffer.from(given ?? '')
  return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected)
}
