import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { partitionOf } from '../../../src/app/partition-of.ts'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

const events = simulatedInteractions(4000)
const base = smallConfig({ partitions: 2, sliceSize: 256 })
const config = { ...base, api: { ...base.api, maxStreams: 2 } }

interface SentEvent {
  readonly event: string
  readonly id: string
  readonly data: Record<string, unknown>
}

let fixture: ApiFixture
let address: string

beforeAll(async () => {
  fixture = await openApiFixture(config)
  address = await fixture.app.listen({ host: '127.0.0.1', port: 0 })
  for (let from = 0; from < 2000; from += 500) await fixture.track(events.slice(from, from + 500))
})
afterAll(() => fixture.close())

interface ReceiveOptions {
  readonly lastId?: string
  readonly atMost?: number
  /** Done once the stream has begun. */
  readonly started?: () => Promise<unknown>
}

/** Reads a stream until so many events have come, or nothing more comes for half a second when what was started is done. */
async function receive(query: string, { lastId, atMost = Infinity, started }: ReceiveOptions = {}) {
  const stop = new AbortController()
  const headers = lastId === undefined ? undefined : { 'last-event-id': lastId }
  const answer = await fetch(`${address}/v1/events?${query}`, { headers, signal: stop.signal })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('text/event-stream')
  const received: SentEvent[] = []
  const decoder = new TextDecoder()
  let text = ''
  let work: Promise<unknown> | undefined
  let isBusy = false
  const endAfter = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      if (isBusy) quiet = endAfter(ms)
      else stop.abort()
    }, ms)
  let quiet = endAfter(3000)
  try {
    for await (const chunk of answer.body!) {
      if (!work && started) {
        isBusy = true
        work = started().finally(() => (isBusy = false))
      }
      clearTimeout(quiet)
      quiet = endAfter(500)
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = eventOf(text.slice(0, end))
        text = text.slice(end + 2)
        if (event) received.push(event)
        if (received.length >= atMost) stop.abort()
      }
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    clearTimeout(quiet)
  }
  await work
  return received.slice(0, atMost)
}

function eventOf(block: string): SentEvent | null {
  if (block.startsWith(':')) return null
  const [event, id, data] = ['event', 'id', 'data'].map((field) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${field}: `))!
      .slice(field.length + 2),
  )
  return { event, id, data: JSON.parse(data) as Record<string, unknown> }
}

async function published(topic: string): Promise<number> {
  let records = 0
  for await (const _ of readTopic(fixture.world.log, topic)) records++
  return records
}

describe('server-sent events', () => {
  test('from the start are all records that were published', async () => {
    const all = await receive('from=start&topics=states,transitions')
    expect(all.filter(({ event }) => event === 'state')).toHaveLength(await published(TOPICS.userStates))
    const moves = all.filter(({ event }) => event === 'transition')
    expect(moves).toHaveLength(await published(TOPICS.stageTransitions))
    expect(moves.length).toBeGreaterThan(5)
    expect(moves[0].data).toMatchObject({ userId: expect.any(String) as string, reason: expect.any(String) as string })
    expect(all.find(({ event }) => event === 'state')!.data).not.toHaveProperty('embedding')
  })

  test('go on behind the id that a client sends back, without a gap and without a repeat', async () => {
    const all = await receive('from=start')
    let received: SentEvent[] = []
    for (let turn = 0; received.length < all.length; turn++) {
      const lastId = received.at(-1)?.id
      received = [...received, ...(await receive('from=start', { lastId, atMost: 7 + turn * 40 }))]
    }
    expect(received.length).toBe(all.length)
    const bySource = (list: readonly SentEvent[]): string[] =>
      list.map(({ event, data }) => event + JSON.stringify(data))
    expect(new Set(bySource(received))).toEqual(new Set(bySource(all)))
  })

  test('without an id begin now, and can be of one user alone', async () => {
    const { userId } = events[2100]
    const send = async (): Promise<void> => {
      await fixture.track(events.slice(2000, 2500))
      const erasure = erasureRecord(partitionOf(userId, 2), userId, events[2499].eventTime)
      await fixture.world.log.append([erasure])
      await fixture.settle()
    }
    const received = await receive(`topics=states&embedding=true&userId=${userId}`, { started: send })
    expect(received.length).toBeGreaterThan(1)
    for (const { data } of received) expect(data.userId).toBe(userId)
    expect(received.slice(0, -1).every(({ event }) => event === 'state')).toBe(true)
    expect(received[0].data).toHaveProperty('embedding')
    expect(received.at(-1)).toMatchObject({ event: 'erased', data: { userId } })
  })

  test('go on behind a record that cannot be read, and say so', async () => {
    const { log, codecs } = fixture.world
    const state = { topic: TOPICS.userStates, partition: 0, timestamp: 1 }
    const whole = codecs.userState.encode(SAMPLE_RECORDS.userState)
    const append = (): Promise<unknown> =>
      log.append([
        { ...state, key: Buffer.from('damaged'), value: whole.subarray(0, 40) },
        { ...state, key: Buffer.from('whole'), value: whole },
      ])
    const received = await receive('topics=states', { started: append })
    expect(received.map(({ event }) => event)).toEqual(['unreadable', 'state'])
    expect(received[0].data).toMatchObject({ topic: 'states', userId: 'damaged', reason: expect.any(String) as string })
  })

  test.each([
    ['topics=states,orders', undefined, 'There is no topic'],
    ['topics=,', undefined, 'topics is empty'],
    ['topics=states', 'yesterday', 'Last-Event-ID is not the id of an event of this stream'],
    ['topics=states', 'states0:999999_states1:0', 'Last-Event-ID is of another log'],
  ])('refuse %s with the id %s in a sentence', async (query, lastId, sentence) => {
    const headers = lastId === undefined ? undefined : { 'last-event-id': lastId }
    const answer = await fetch(`${address}/v1/events?${query}`, { headers })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(sentence)
  })

  test('are limited in number, and one that was left makes room', async () => {
    const open = async (): Promise<{ status: number; leave: () => void }> => {
      const stop = new AbortController()
      const { status } = await fetch(`${address}/v1/events`, { signal: stop.signal })
      return { status, leave: () => stop.abort() }
    }
    const [first, second] = [await open(), await open()]
    expect([first.status, second.status]).toEqual([200, 200])
    expect((await open()).status).toBe(429)
    first.leave()
    second.leave()
    await expect.poll(async () => (await receiveStatus()) === 200, { timeout: 3000 }).toBe(true)
  })
})

async function receiveStatus(): Promise<number> {
  const stop = new AbortController()
  const { status } = await fetch(`${address}/v1/events`, { signal: stop.signal })
  stop.abort()
  return status
}
