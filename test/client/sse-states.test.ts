import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { stateJson } from '../../src/app/serving/state-json.ts'
import {
  connectStates,
  type PublishedState,
  type SseStates,
  type StatesOptions,
  type UserStates,
} from '../../src/client.ts'
import { accept, EventServer } from '../support/event-server.ts'
import { publishedState, sourceOf } from '../support/published-states.ts'
import { SAMPLE_RECORDS } from '../support/sample-records.ts'

async function follow(
  server: EventServer,
  options: StatesOptions = {},
  sse: Partial<SseStates> = {},
): Promise<UserStates> {
  const states = await connectStates({ sse: { url: server.url, ...sse } }, options)
  onTestFinished(() => states.close())
  return states
}

/** As the API sends it. */
function json(state: PublishedState): unknown {
  return stateJson({ ...SAMPLE_RECORDS.userState, ...state }, true)
}

function ann(offset: number): PublishedState {
  return publishedState('ann', { source: sourceOf(offset) })
}

const FRESH = { asOf: null, lagSeconds: 0, stale: false }

describe('states by server-sent events', () => {
  it('come as they were published, from the first on', async () => {
    const server = await EventServer.start()
    const states = await follow(server, {}, { url: `${server.url}/`, embedding: true })
    const [connection] = server.connections
    expect(connection.path).toBe('/v1/events?topics=states&freshness=true&embedding=true&from=start')
    expect(connection.headers).toMatchObject({ accept: 'text/event-stream' })
    expect(connection.headers).not.toHaveProperty('last-event-id')
    expect(connection.headers).not.toHaveProperty('authorization')
    connection.send('state', json(ann(1)), 'a')
    connection.send('freshness', FRESH)
    await states.ready
    expect(states.get('ann')).toMatchObject({ kind: 'fresh', state: ann(1) })
    connection.send('erased', { userId: 'ann' }, 'b')
    await vi.waitFor(() => expect(states.get('ann')).toEqual({ kind: 'unknown' }))
  })

  it('tell of a record that the server could not read, and go on', async () => {
    const server = await EventServer.start()
    const onRejected = vi.fn<(rejected: unknown) => void>()
    const states = await follow(server, { onRejected, onStale: 'mark' })
    const [connection] = server.connections
    connection.send('unreadable', { topic: 'states', userId: 'ann', reason: 'it is cut short' }, 'a')
    connection.send('freshness', FRESH)
    await states.ready
    expect(onRejected).toHaveBeenCalledWith({ userId: 'ann', origin: 'event a', reason: 'it is cut short' })
    expect(states.get('ann')).toMatchObject({ kind: 'stale', reason: 'unreadable' })
    connection.send('state', json(ann(2)), 'b')
    await vi.waitFor(() => expect(states.get('ann')).toMatchObject({ kind: 'fresh' }))
  })

  it('go on behind the last event after the connection is lost, and lose nothing', async () => {
    const server = await EventServer.start()
    const onFailure = vi.fn<(error: Error) => void>()
    const states = await follow(server, { onFailure })
    const [first] = server.connections
    first.send('state', json(ann(1)), 'a')
    first.send('freshness', FRESH)
    await states.ready
    first.cut()
    await vi.waitFor(() => expect(server.connections).toHaveLength(2), 5_000)
    const second = server.connections[1]
    expect(second.path).toBe('/v1/events?topics=states&freshness=true')
    expect(second.headers['last-event-id']).toBe('a')
    expect(onFailure).toHaveBeenCalledWith(expect.objectContaining({ code: 'api-unavailable', retryable: true }))
    second.send('state', json(ann(2)), 'b')
    await vi.waitFor(() => expect(states.get('ann')).toMatchObject({ kind: 'fresh', state: ann(2) }))
    // A server that ends the stream in good order is asked again as well.
    second.response.end()
    await vi.waitFor(() => expect(server.connections).toHaveLength(3), 5_000)
    expect(server.connections[2].headers['last-event-id']).toBe('b')
  })

  it('are read anew when the server no longer has the place', async () => {
    const server = await EventServer.start()
    const states = await follow(server)
    server.connections[0].send('state', json(ann(1)), 'a')
    server.connections[0].send('freshness', FRESH)
    await states.ready
    server.onConnection = (connection) => {
      if (connection.headers['last-event-id'] === undefined) return accept(connection)
      connection.response.writeHead(410).end()
    }
    server.connections[0].cut()
    await vi.waitFor(() => expect(server.connections).toHaveLength(3), 5_000)
    expect(server.connections[2].path).toContain('from=start')
    server.connections[2].send('state', json(publishedState('ben')), 'b')
    server.connections[2].send('freshness', FRESH)
    // Erased while nobody told us.
    await vi.waitFor(() => expect(states.get('ann')).toEqual({ kind: 'unknown' }))
    expect(states.get('ben').kind).toBe('fresh')
  })

  it('are read anew after half a day without a connection, when tombstones may be gone', async () => {
    const server = await EventServer.start()
    const states = await follow(server)
    server.connections[0].send('state', json(ann(1)), 'a')
    server.connections[0].send('freshness', FRESH)
    await states.ready
    const later = Date.now() + 43_200_001
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later)
    onTestFinished(() => clock.mockRestore())
    server.connections[0].cut()
    await vi.waitFor(() => expect(server.connections).toHaveLength(2), 5_000)
    expect(server.connections[1].path).toContain('from=start')
    expect(server.connections[1].headers).not.toHaveProperty('last-event-id')
    server.connections[1].send('freshness', FRESH)
    await vi.waitFor(() => expect(states.get('ann')).toEqual({ kind: 'unknown' }))
  })

  it('are as fresh as the server says', async () => {
    const server = await EventServer.start()
    const states = await follow(server, { maxLagMs: 20_000, onStale: 'mark' })
    const [connection] = server.connections
    connection.send('state', json(ann(1)), 'a')
    connection.send('freshness', { asOf: null, lagSeconds: null, stale: true })
    connection.send('freshness', { asOf: null, lagSeconds: 60, stale: true })
    await states.ready
    expect(states.get('ann')).toMatchObject({ kind: 'stale', reason: 'behind', state: ann(1) })
    // Silence says nothing where the server does.
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(states.get('ann').kind).toBe('stale')
    connection.send('freshness', { asOf: null, lagSeconds: 5, stale: false })
    await vi.waitFor(() => expect(states.get('ann').kind).toBe('fresh'))
    expect(states.freshness().lagMs).toBeGreaterThanOrEqual(5_000)
  })

  it('are read to the end when nothing has come for a second, where the server does not say', async () => {
    const server = await EventServer.start()
    const states = await follow(server)
    const [connection] = server.connections
    const startedAt = performance.now()
    connection.send('state', json(ann(1)), 'a')
    await states.ready
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    const before = states.freshness().completeAtMs!
    await new Promise((resolve) => setTimeout(resolve, 20))
    connection.write(': alive\n\n')
    await vi.waitFor(() => expect(states.freshness().completeAtMs).toBeGreaterThan(before))
  })

  it('go on behind an event that is no state', async () => {
    const server = await EventServer.start()
    const onRejected = vi.fn<NonNullable<StatesOptions['onRejected']>>()
    const states = await follow(server, { onRejected, onStale: 'mark' })
    const [connection] = server.connections
    connection.write('event: state\nid: a\ndata: {"userId":"ann"\n\n')
    connection.send('state', { ...(json(ann(1)) as object), stage: 'king' }, 'b')
    connection.send('state', { ...(json(ann(1)) as object), tasks: { ctr: { trials: 'x' } } }, 'c')
    connection.send('transition', {}, 'd')
    connection.send('state', json(publishedState('ben')), 'e')
    connection.send('freshness', FRESH)
    await states.ready
    expect(onRejected.mock.calls.map(([{ userId, origin, reason }]) => [userId, origin, reason])).toEqual([
      [null, 'event a', expect.stringMatching(/JSON/)],
      ['ann', 'event b', 'stage is "king", not one of new, wander, stick, loyal'],
      ['ann', 'event c', 'tasks.ctr.trials is no number'],
    ])
    expect(states.get('ann')).toMatchObject({ kind: 'stale', reason: 'unreadable' })
    expect(states.get('ben').kind).toBe('fresh')
  })

  it('ask for the token at each connection', async () => {
    const server = await EventServer.start()
    let asked = 0
    const states = await follow(server, {}, { token: async () => `secret-${++asked}` })
    server.connections[0].cut()
    await vi.waitFor(() => expect(server.connections).toHaveLength(2), 5_000)
    expect(server.connections.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret-1',
      'Bearer secret-2',
    ])
    await states.close()
  })

  it.each([
    [401, 'api-refused', 'status 401'],
    [503, 'api-unavailable', 'status 503'],
  ])('fail at once where the server answers %i first', async (status, code, reason) => {
    const server = await EventServer.start()
    server.onConnection = ({ response }) => void response.writeHead(status).end()
    await expect(connectStates({ sse: { url: server.url } })).rejects.toMatchObject({
      code,
      message: `Cannot follow ${server.url}/v1/events: it answers with ${reason}`,
      retryable: code === 'api-unavailable',
    })
  })

  it('fail at once where something else answers, or nobody', async () => {
    const server = await EventServer.start()
    server.onConnection = ({ response }) => void response.writeHead(200, { 'content-type': 'text/html' }).end()
    await expect(connectStates({ sse: { url: server.url } })).rejects.toMatchObject({ code: 'api-refused' })
    await expect(connectStates({ sse: { url: 'http://127.0.0.1:1' } })).rejects.toMatchObject({
      code: 'api-unavailable',
    })
    await expect(connectStates({ sse: { url: 'localhost:8080' } })).rejects.toThrow(TypeError)
    await expect(connectStates({} as never)).rejects.toThrow(TypeError)
  })
})
