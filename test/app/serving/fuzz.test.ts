import { afterAll, beforeAll, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { openPythonModule } from '../../support/python/open-python.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

/** What an answer must be, whatever was asked. Not among them: 404 in place of 405 for a method that is not there. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
]
const MALFORMED = 10_000

const schemathesis = openPythonModule('schemathesis', 'schemathesis.cli')

let fixture: ApiFixture
let address: string

beforeAll(async () => {
  await chooseBackend('wasm')
  const config = smallConfig()
  const api = { ...config.api, maxRequestsPerSecond: 1_000_000 }
  fixture = await openApiFixture({ ...config, api }, { ranker: true })
  address = await fixture.app.listen({ host: '127.0.0.1', port: 0 })
  await fixture.track(simulatedInteractions(3000))
})
afterAll(() => fixture.close())

test.skipIf(!schemathesis)(
  'what the OpenAPI document says holds for requests that are made from it, right and wrong ones',
  async () => {
    // A stream of events does not end; events.test.ts asks it.
    const options = `--seed 1 --max-examples 25 --exclude-path /v1/events --request-timeout 10 --no-color`
    const { code, output } = await schemathesis!([
      'run',
      `${address}/openapi.json`,
      '--checks',
      CHECKS.join(),
      ...options.split(' '),
    ])
    expect(output).toContain('22 selected / 23 total')
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
  },
  180_000,
)

test('ten thousand malformed requests leave it serving', async () => {
  const { users } = await fixture.get<{ users: number }>('/v1/lifecycle')
  const before = await fixture.world.log.endOffset('interactions', 0)
  const bodies = ['', '{', '[]', 'null', '[[[[', '"text"', '{"eventId":1}', `{"a":"${'x'.repeat(5000)}"}`, '\u0000']
  const statuses = new Map<number, number>()
  const send = async (i: number): Promise<void> => {
    const path = ['/v1/interactions', '/v1/states', '/v1/rank'][i % 3]
    const answer = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': i % 7 === 0 ? 'text/x-unknown' : 'application/json' },
      body: bodies[i % bodies.length],
    })
    await answer.arrayBuffer()
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
  }
  for (let sent = 0; sent < MALFORMED; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => send(sent + i)))
  }
  expect(new Set(statuses.keys())).toEqual(new Set([400, 415]))
  expect(await fixture.get('/v1/lifecycle')).toMatchObject({ users })
  expect(await fixture.world.log.endOffset('interactions', 0)).toBe(before)
})
