import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

interface Belief {
  readonly stageProbabilities: Record<string, number>
  readonly tasks: Record<string, { mean: number; lower: number; upper: number }>
}

interface Why {
  readonly moves: {
    readonly from: string
    readonly to: string
    readonly reason: string
    readonly decided: {
      readonly time: string
      readonly position: { offset: number; partition: number }
      readonly after: Belief
    }
    readonly raised: { readonly task: string | null; readonly before: Belief; readonly after: Belief }[]
  }[]
  readonly omitted: number
  readonly since: string | null
}

let fixture: ApiFixture
let userId: string
let why: Why

beforeAll(async () => {
  fixture = await openApiFixture(smallConfig({ partitions: 2, batchSize: 64, bundleEvery: 256 }), { ranker: false })
  const events = simulatedInteractions(2500)
  await fixture.track(events)
  for (const event of events) {
    userId = event.userId
    why = await fixture.get<Why>(`/v1/users/${userId}/why`)
    if (why.moves.length > 2) break
  }
})
afterAll(() => fixture.close())

async function problem(url: string): Promise<{ status: number; detail: string; type: unknown }> {
  const { statusCode, body, headers } = await fixture.app.inject({ method: 'GET', url })
  return { status: statusCode, detail: (JSON.parse(body) as { detail: string }).detail, type: headers['content-type'] }
}

describe('the past of a user over the API', () => {
  test('why gives the moves of the timeline, the newest first, with what was believed at each', async () => {
    interface Timeline {
      readonly transitions: { from: string; to: string; reason: string; source: { offset: number } }[]
    }
    const { transitions } = await fixture.get<Timeline>(`/v1/users/${userId}/timeline`)
    expect(why.moves.map(({ from, to, reason, decided }) => [from, to, reason, decided.position.offset])).toEqual(
      transitions.map(({ from, to, reason, source }) => [from, to, reason, source.offset]),
    )
    expect(why.since).toBeNull()
    const { after } = why.moves[0].decided
    expect(Object.keys(after.tasks)).toEqual(['ctr', 'stay', 'cvr'])
    expect(after.tasks.ctr.lower).toBeLessThan(after.tasks.ctr.mean)
  })

  test('why keeps to a range and a number of moves', async () => {
    const { time } = why.moves[1].decided
    const later = await fixture.get<Why>(`/v1/users/${userId}/why?from=${time}`)
    expect(later.moves).toEqual(why.moves.slice(0, 2))
    const one = await fixture.get<Why>(`/v1/users/${userId}/why?limit=1&to=${Date.parse(time)}`)
    expect(one).toMatchObject({ moves: [why.moves[1]], omitted: why.moves.length - 2 })
  })

  test('state?at gives the state as it was, and the latest one for a time behind everything', async () => {
    const { time, after } = why.moves[1].decided
    const { state } = await fixture.get<{ state: Belief & { stage: string } }>(`/v1/users/${userId}/state?at=${time}`)
    expect(state).toMatchObject({
      stage: why.moves[1].to,
      stageProbabilities: after.stageProbabilities,
      tasks: after.tasks,
    })
    const latest = await fixture.get<{ state: unknown }>(`/v1/users/${userId}/state?embedding=true`)
    const then = await fixture.get<{ state: unknown }>(`/v1/users/${userId}/state?embedding=true&at=2099-01-01`)
    expect(then.state).toEqual(latest.state)
  })

  test('diff names the fields that differ with both values', async () => {
    const { time } = why.moves[1].decided
    const before = new Date(Date.parse(time) - 1).toISOString()
    const { fields } = await fixture.get<{ fields: { field: string; from: unknown; to: unknown }[] }>(
      `/v1/users/${userId}/diff?from=${before}&to=${time}`,
    )
    const flag = why.moves[1].reason === 'evidence' ? 'stage' : 'dormant'
    expect(fields.map(({ field }) => field)).toContain(flag)
    for (const { from, to } of fields) expect(from).not.toEqual(to)
  })

  test.each([
    ['state?at=yesterday', 400, 'at is no time of ISO 8601 and no unix ms: "yesterday"'],
    ['state?at=9999999999999999', 400, 'at is no time of ISO 8601 and no unix ms: "9999999999999999"'],
    [
      'why?from=2026-01-02&to=2026-01-01',
      400,
      'The range ends before it begins: from 2026-01-02T00:00:00.000Z to 2026-01-01T23:59:59.999Z',
    ],
    ['why?limit=0', 400, ''],
    ['diff?from=2026-01-02', 400, ''],
    ['state?at=2001-01-01', 404, 'their first event is of'],
  ])('%s is a problem with status %i', async (path, status, detail) => {
    const said = await problem(`/v1/users/${userId}/${path}`)
    expect(said).toMatchObject({ status, type: expect.stringContaining('application/problem+json') })
    expect(said.detail).toContain(detail)
  })

  test('an unknown user is not found', async () => {
    for (const path of ['why', 'state?at=2026-01-01', 'diff?from=2026-01-01&to=2026-01-02']) {
      expect(await problem(`/v1/users/nobody/${path}`)).toMatchObject({
        status: 404,
        detail: expect.stringContaining('no such user has been seen'),
      })
    }
  })

  test('an erased user is not found, at no time', async () => {
    const [event] = simulatedInteractions(1)
    const { time } = why.moves[0].decided
    await fixture.app.inject({ method: 'DELETE', url: `/v1/users/${event.userId}` })
    await fixture.settle()
    expect(await problem(`/v1/users/${event.userId}/state?at=${time}`)).toMatchObject({ status: 404 })
    expect(await problem(`/v1/users/${event.userId}/why`)).toMatchObject({
      status: 404,
      detail: expect.stringContaining('erased'),
    })
  })

  test('the document describes the three routes', async () => {
    const { paths } = await fixture.get<{ paths: Record<string, unknown> }>('/openapi.json')
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/users/{id}/why', '/v1/users/{id}/diff', '/v1/users/{id}/state']),
    )
  })
})

test('more records than one request may read are refused, and the sentence says what to do', async () => {
  const small = smallConfig()
  const bounded = await openApiFixture({ ...small, api: { ...small.api, maxReplayRecords: 10 } })
  try {
    const events = simulatedInteractions(50)
    await bounded.track(events)
    const url = `/v1/users/${events[0].userId}/why`
    const { statusCode, body } = await bounded.app.inject({ method: 'GET', url })
    expect([statusCode, JSON.parse(body)]).toMatchObject([
      422,
      {
        title: 'Too much for one request',
        detail: expect.stringMatching(/50 records of partition 0 .* more than the 10 of one request/),
      },
    ])
  } finally {
    await bounded.close()
  }
})
