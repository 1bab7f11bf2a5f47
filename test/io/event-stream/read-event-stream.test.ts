import { describe, expect, it } from 'vitest'
import type { StreamItem } from '../../../src/io/event-stream/event-stream-parser.ts'
import { readEventStream } from '../../../src/io/event-stream/read-event-stream.ts'
import { accept, EventServer } from '../../support/event-server.ts'

function read(server: EventServer, silenceMs: number, signal = new AbortController().signal) {
  const url = new URL(`${server.url}/v1/events?secret=1`)
  return readEventStream({ url, token: null, lastEventId: null, silenceMs, signal })
}

async function collect(stream: AsyncIterable<readonly StreamItem[]>): Promise<StreamItem[]> {
  const items: StreamItem[] = []
  for await (const piece of stream) items.push(...piece)
  return items
}

describe('reading an event stream', () => {
  it('ends with the stream, and puts characters together that are cut in two', async () => {
    const server = await EventServer.start()
    server.onConnection = (connection) => {
      accept(connection)
      const bytes = Buffer.from('data: Köln €\n\n')
      const cut = bytes.indexOf(0xe2) + 1
      connection.response.write(bytes.subarray(0, cut))
      setTimeout(() => connection.response.end(bytes.subarray(cut)), 50)
    }
    expect(await collect(read(server, 5_000))).toEqual([{ kind: 'event', event: 'message', id: '', data: 'Köln €' }])
  })

  it('takes a server that has fallen silent for gone', async () => {
    const server = await EventServer.start()
    server.onConnection = (connection) => {
      accept(connection)
      const alive = setInterval(() => connection.write(': alive\n\n'), 50)
      setTimeout(() => clearInterval(alive), 400)
    }
    const startedAt = performance.now()
    await expect(collect(read(server, 200))).rejects.toMatchObject({
      code: 'api-unavailable',
      // Without what follows the path: it may tell more than a log should hold.
      message: `Cannot follow ${server.url}/v1/events: it has said nothing for 0.2 s`,
    })
    expect(performance.now() - startedAt).toBeGreaterThan(400)
  })

  it('ends when it is told to', async () => {
    const server = await EventServer.start()
    const stop = new AbortController()
    const reading = collect(read(server, 5_000, stop.signal))
    setTimeout(() => stop.abort(), 50)
    await expect(reading).rejects.toThrow(/abort/)
  })
})
