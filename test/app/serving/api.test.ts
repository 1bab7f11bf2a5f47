import { Validator } from '@seriousme/openapi-schema-validator'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Config } from '../../../src/app/config/config-schema.ts'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { Access } from '../../../src/app/serving/access.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import type { UserStateRecord } from '../../../src/core/contracts/user-state-record.ts'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { replaceCalls } from '../../support/replace-calls.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const NOW_MS = Date.parse('2026-01-01T00:00:00Z')
const events = simulatedInteractions(3000)

let fixture: ApiFixture

interface FixtureOptions {
  readonly api?: Partial<Config['api']>
  readonly nowMs?: () => number
  /** Appends of the API wait for it. */
  readonly gate?: Promise<void>
}

function open({ api = {}, nowMs = () => NOW_MS, gate }: FixtureOptions = {}): Promise<ApiFixture> {
  const config = { ...smallConfig(), api: { ...smallConfig().api, ...api } }
  return openApiFixture(config, {
    nowMs,
    logOf: (log) =>
      replaceCalls(log, {
        append: async (records) => {
          await gate
          return log.append(records)
        },
      }),
  })
}

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  body?: unknown,
  token?: string,
): Promise<{ status: number; body: Record<string, unknown>; type: string; headers: Record<string, unknown> }> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  const payload = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body)
  const answer = await fixture.app.inject({ method, url, headers, payload })
  return {
    status: answer.statusCode,
    body: answer.json<Record<string, unknown>>(),
    type: String(answer.headers['content-type']).split(';')[0],
    headers: answer.headers,
  }
}

/** Interactions by the API, tracked and in the view. */
async function send(interactions: unknown): Promise<void> {
  expect((await ask('POST', '/v1/interactions', interactions)).status).toBe(202)
  await fixture.settle()
}

async function publishedStates(): Promise<Map<string, UserStateRecord>> {
  const states = new Map<string, UserStateRecord>()
  for await (const { value } of readTopic(fixture.world.log, TOPICS.userStates)) {
    if (!value) continue
    const state = fixture.world.codecs.userState.decodeOwn(value)
    states.set(state.userId, state)
  }
  return states
}

beforeEach(async () => {
  fixture = await open()
})
afterEach(() => fixture.close())

describe('the API', () => {
  test('gives the published state and timeline of a user', async () => {
    for (let from = 0; from < events.length; from += 1000) await send(events.slice(from, from + 1000))
    const states = await publishedStates()
    expect(states.size).toBeGreaterThan(20)
    for (const [userId, state] of [...states].slice(0, 10)) {
      const { status, body } = await ask('GET', `/v1/users/${encodeURIComponent(userId)}/state?embedding=true`)
      expect(status).toBe(200)
      expect(body).toEqual({
        state: {
          userId,
          stage: state.stage,
          stageProbabilities: Object.fromEntries(
            ['new', 'wander', 'stick', 'loyal'].map((stage, s) => [stage, state.stageProbabilities[s]]),
          ),
          since: new Date(state.since).toISOString(),
          dormant: state.dormant,
          returned: state.returned,
          tasks: Object.fromEntries(state.tasks.map(({ task, ...rest }) => [task, JSON.parse(JSON.stringify(rest))])),
          embedding: Array.from(state.embedding),
          stateTokens: Array.from(state.stateTokens),
          stateNumbers: Array.from(state.stateNumbers),
          embeddingVersion: state.embeddingVersion,
          ruleVersion: state.ruleVersion,
          bundleVersion: state.bundleVersion,
          eventTime: new Date(state.eventTime).toISOString(),
          firstEventTime: new Date(state.firstEventTime).toISOString(),
          lastImpressionTime: new Date(state.lastImpressionTime).toISOString(),
          source: state.source,
        },
        freshness: fixtureFreshness(states),
      })
    }
    const moved: Record<string, number> = {}
    let last = ''
    for await (const { value } of readTopic(fixture.world.log, TOPICS.stageTransitions)) {
      const { userId } = fixture.world.codecs.stageTransition.decodeOwn(value!)
      moved[userId] = (moved[userId] ?? 0) + 1
      last = userId
    }
    const timeline = await ask('GET', `/v1/users/${last}/timeline`)
    const transitions = timeline.body.transitions as { eventTime: string; from: string; to: string }[]
    expect(transitions).toHaveLength(moved[last])
    expect(transitions.map(({ eventTime }) => eventTime)).toEqual(
      transitions
        .map(({ eventTime }) => eventTime)
        .sort()
        .reverse(),
    )
    const short = await ask('GET', `/v1/users/${last}/timeline?limit=1`)
    expect(short.body.transitions).toEqual(transitions.slice(0, 1))
  })

  test('counts users by stage, and looks many up at once', async () => {
    await send(events.slice(0, 1000))
    const states = await publishedStates()
    const { body } = await ask('GET', '/v1/lifecycle')
    expect(body.users).toBe(states.size)
    for (const [stage, { users, share }] of Object.entries(
      body.stages as Record<string, { users: number; share: number }>,
    )) {
      const expected = [...states.values()].filter((state) => state.stage === stage).length
      expect({ users, share }).toEqual({ users: expected, share: expected / states.size })
    }
    const ids = [...states.keys()].slice(0, 3)
    const many = await ask('POST', '/v1/states', { userIds: [ids[1], 'nobody', ids[0]] })
    const found = many.body.states as ({ userId: string } | null)[]
    expect(found.map((state) => state?.userId)).toEqual([ids[1], undefined, ids[0]])
    expect(found[0]).not.toHaveProperty('embedding')
  })

  test('erases a user: nothing is known of them, and the others stay', async () => {
    await send(events.slice(0, 1000))
    const { userId } = events[0]
    const before = await ask('GET', '/v1/lifecycle')
    const erased = await ask('DELETE', `/v1/users/${userId}`)
    expect(erased).toMatchObject({ status: 202, body: { userId, position: { partition: 0, offset: 1000 } } })
    await fixture.settle()
    expect((await ask('GET', `/v1/users/${userId}/state`)).status).toBe(404)
    expect((await ask('GET', `/v1/users/${userId}/timeline`)).status).toBe(404)
    expect((await ask('GET', '/v1/lifecycle')).body.users).toBe((before.body.users as number) - 1)
    const tombstones: string[] = []
    for await (const { key, value } of readTopic(fixture.world.log, TOPICS.userStates)) {
      if (!value) tombstones.push(Buffer.from(key!).toString())
    }
    expect(tombstones).toEqual([userId])
  })

  test('takes one interaction or a list, and of a list with a bad one none', async () => {
    expect(await ask('POST', '/v1/interactions', events[0])).toMatchObject({
      status: 202,
      body: { positions: [{ partition: 0, offset: 0 }] },
    })
    const bad = { ...events[1], eventTime: 5 }
    const refused = await ask('POST', '/v1/interactions', [events[2], bad, 7])
    expect(refused.status).toBe(400)
    expect(refused.type).toContain('application/problem+json')
    expect(refused.body.errors).toMatchObject([
      { index: 1, field: 'eventTime' },
      { index: 2, field: '', reason: 'the record is 7, not an object' },
    ])
    expect(await fixture.world.log.endOffset(TOPICS.interactions, 0)).toBe(1)
    const { maxBatch } = fixture.config.api
    expect((await ask('POST', '/v1/interactions', Array(maxBatch + 1).fill(events[0]))).status).toBe(413)
    expect((await ask('POST', '/v1/interactions', [])).status).toBe(400)
    expect((await ask('POST', '/v1/interactions', '{"a":')).status).toBe(400)
  })

  test('tells senders to wait when too much is on its way', async () => {
    let release: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    fixture = await open({ api: { maxPendingInteractions: 3 }, gate })
    const first = ask('POST', '/v1/interactions', events.slice(0, 2))
    await new Promise(setImmediate)
    const second = await ask('POST', '/v1/interactions', events.slice(2, 4))
    expect(second).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    release()
    expect((await first).status).toBe(202)
    expect((await ask('POST', '/v1/interactions', events.slice(2, 6))).status).toBe(202)
    expect(await fixture.world.log.endOffset(TOPICS.interactions, 0)).toBe(6)
  })

  test('tells who asks too often to wait, but not who watches over the process', async () => {
    fixture = await open({ api: { maxRequestsPerSecond: 5 } })
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('GET', '/v1/lifecycle')))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(3)
    expect(refused[0]).toMatchObject({ type: 'application/problem+json', headers: { 'retry-after': '1' } })
    expect((await ask('GET', '/livez')).status).toBe(200)
  })

  test('wants tokens where there are some, each with its right', async () => {
    const folder = await temporaryFolder()
    const file = async (name: string): Promise<string> => {
      await writeFile(join(folder, name), `${name}-token\nsecond-${name}\n`)
      return join(folder, name)
    }
    fixture = await open({
      api: {
        host: '0.0.0.0',
        readTokensFile: await file('read'),
        writeTokensFile: await file('write'),
        adminTokensFile: await file('admin'),
      },
    })
    const statuses = async (token?: string): Promise<number[]> => [
      (await ask('GET', '/v1/lifecycle', undefined, token)).status,
      (await ask('POST', '/v1/interactions', events[0], token)).status,
      (await ask('DELETE', '/v1/users/nobody', undefined, token)).status,
    ]
    expect(await statuses()).toEqual([401, 401, 401])
    expect(await statuses('wrong')).toEqual([401, 401, 401])
    expect(await statuses('read-token')).toEqual([200, 403, 403])
    expect(await statuses('second-write')).toEqual([200, 202, 403])
    expect(await statuses('admin-token')).toEqual([200, 202, 202])
    expect((await ask('GET', '/livez')).status).toBe(200)
  })

  test('refuses a public address without tokens, and token files that cannot be used', async () => {
    const { api } = smallConfig()
    await expect(Access.open({ ...api, host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('without tokens') as string,
    })
    await expect(Access.open({ ...api, readTokensFile: '/nowhere' })).rejects.toMatchObject({ code: 'invalid-config' })
    const empty = join(await temporaryFolder(), 'tokens')
    await writeFile(empty, '\n')
    await expect(Access.open({ ...api, readTokensFile: empty })).rejects.toThrow('has no token')
  })

  test('says how fresh it is, and is ready once it has seen everything', async () => {
    let nowMs = Date.now()
    fixture = await open({ api: { staleAfterSeconds: 5 }, nowMs: () => nowMs })
    expect((await ask('GET', '/readyz')).status).toBe(503)
    const freshness = async (): Promise<unknown> => (await ask('GET', '/v1/lifecycle')).body.freshness
    expect(await freshness()).toEqual({ asOf: null, lagSeconds: null, stale: true })
    await fixture.view.follow()
    nowMs = Date.now()
    expect(await freshness()).toMatchObject({ stale: false })
    nowMs += 60_000
    expect(await freshness()).toMatchObject({ lagSeconds: expect.closeTo(60, 0) as number, stale: true })
    expect((await ask('GET', '/readyz')).status).toBe(200)
  })

  test('answers what it cannot do with a problem', async () => {
    for (const [method, url, status] of [
      ['GET', '/v1/users/nobody/state', 404],
      ['GET', `/v1/users/${'x'.repeat(300)}/state`, 400],
      ['GET', '/v1/users/nobody/timeline?limit=none', 400],
      ['GET', '/v1/nothing', 404],
      ['DELETE', '/v1/lifecycle', 404],
      ['GET', '/v1/users/%ff/state', 400],
    ] as const) {
      const { status: found, body, type } = await ask(method, url)
      expect({ url, status: found, type }).toEqual({ url, status, type: 'application/problem+json' })
      expect(body).toMatchObject({ status, title: expect.any(String) as string, detail: expect.any(String) as string })
    }
    expect((await ask('POST', '/v1/states', { userIds: [] })).status).toBe(400)
    expect((await ask('POST', '/v1/states', { ids: ['a'] })).status).toBe(400)
  })

  test('describes itself by a valid OpenAPI document', async () => {
    const { body } = await ask('GET', '/openapi.json')
    expect(await new Validator().validate(body)).toEqual({ valid: true })
    expect(Object.keys(body.paths as object).sort()).toEqual([
      '/livez',
      '/metrics',
      '/readyz',
      '/v1/alerts',
      '/v1/cohorts',
      '/v1/durations',
      '/v1/embeddings',
      '/v1/events',
      '/v1/interactions',
      '/v1/lifecycle',
      '/v1/models',
      '/v1/operations',
      '/v1/policy',
      '/v1/rank',
      '/v1/states',
      '/v1/transitions',
      '/v1/users',
      '/v1/users/{id}',
      '/v1/users/{id}/diff',
      '/v1/users/{id}/state',
      '/v1/users/{id}/timeline',
      '/v1/users/{id}/why',
      '/version',
    ])
    expect((await ask('GET', '/version')).body).toEqual({ version: '1.2.3' })
  })
})

function fixtureFreshness(states: ReadonlyMap<string, UserStateRecord>): unknown {
  return {
    asOf: new Date(Math.max(...[...states.values()].map(({ eventTime }) => eventTime))).toISOString(),
    lagSeconds: expect.any(Number) as number,
    stale: false,
  }
}
