import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { createMetrics, type Observed } from './metrics.ts'

export interface MetricsServer {
  /** Where it listens, for example http://127.0.0.1:9464. */
  readonly address: string
  close(): Promise<void>
}

/**
 * Serves `/metrics` (Prometheus), `/livez`, and `/readyz`: 503 while a partition is being restored. Throws
 * LifecycleError `invalid-config` when it cannot listen.
 */
export async function serveMetrics(
  { host, port }: { readonly host: string; readonly port: number },
  observed: Observed,
): Promise<MetricsServer> {
  const registry = createMetrics(observed)
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'only GET\n')
    if (path === '/livez') return send(response, 200, 'ok\n')
    if (path === '/readyz') {
      const waiting = [...observed.trackers()].filter(([, tracker]) => !tracker).map(([partition]) => partition)
      if (waiting.length === 0) return send(response, 200, 'ok\n')
      return send(response, 503, `partitions ${waiting.join(', ')} are being restored\n`)
    }
    if (path !== '/metrics') return send(response, 404, 'here are /metrics, /livez and /readyz\n')
    registry.metrics().then(
      (text) => send(response, 200, text, registry.contentType),
      (error: unknown) => send(response, 503, `${error instanceof Error ? error.message : String(error)}\n`),
    )
  })
  await listen(server, host, port)
  const { port: actual } = server.address() as AddressInfo
  return {
    address: `http://${host}:${actual}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LifecycleError('invalid-config', `Cannot serve metrics on ${host}:${port}: ${reason}`, { cause: error })
  }
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
}
