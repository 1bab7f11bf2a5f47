import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface EventConnection {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly response: ServerResponse
  /** Sends one event as JSON. */
  send(event: string, data: unknown, id?: string): void
  /** Sends text as it is. */
  write(text: string): void
  /** Cuts the connection. */
  cut(): void
}

interface Answer {
  onConnection: (connection: EventConnection) => void
}

/** A server of events that does what the test says; closed when the running test ends. */
export class EventServer {
  readonly url: string
  readonly connections: EventConnection[] = []
  readonly #answer: Answer

  private constructor(port: number, connections: EventConnection[], answer: Answer) {
    this.url = `http://127.0.0.1:${port}`
    this.connections = connections
    this.#answer = answer
  }

  /** Called for each request; answers with status 200 unless told otherwise. */
  set onConnection(handle: (connection: EventConnection) => void) {
    this.#answer.onConnection = handle
  }

  static async start(): Promise<EventServer> {
    const connections: EventConnection[] = []
    const answer: Answer = { onConnection: accept }
    const server = createServer((request, response) => {
      const write = (text: string) => void response.write(text)
      const connection: EventConnection = {
        path: request.url!,
        headers: request.headers,
        response,
        write,
        send: (event, data, id) =>
          write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`),
        cut: () => response.destroy(),
      }
      connections.push(connection)
      answer.onConnection(connection)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return new EventServer((server.address() as AddressInfo).port, connections, answer)
  }
}

/** The head of a stream of events. */
export function accept({ response }: EventConnection): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
}
