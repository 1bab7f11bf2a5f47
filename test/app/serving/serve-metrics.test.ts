import { request } from 'node:http'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Observed } from '../../../src/app/observability/metrics.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import type { HttpServer } from '../../../src/app/serving/http-app.ts'
import { serveMetrics } from '../../../src/app/serving/serve-metrics.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { memoryWorld, type World } from '../../../src/app/wire.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

const HERE = { host: '127.0.0.1', port: 0 }
const EVENTS = 1000
const config = smallConfig()

let world: World
let pipeline: Pipeline
let restoring: Map<number, number | null>
let server: HttpServer

beforeAll(async () => {
  await chooseBackend('wasm')
})
beforeEach(async () => {
  world = await memoryWorld(config)
  pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
  restoring = new Map()
  const observed: Observed = {
    log: world.log,
    trackers: () =>
      new Map(pipeline.trackers.map((tracker, partition) => [partition, restoring.has(partition) ? null : tracker])),
    restoring: () => new Map([...restoring].flatMap(([key, left]) => (left === null ? [] : [[key, left]]))),
    trainer: () => pipeline.trainer,
  }
  server = await serveMetrics(HERE, observed, '1.2.3', QUIET_LOGGER)
})
afterEach(async () => {
  await server.close()
  pipeline.dispose()
  await world.close()
})

async function produce(): Promise<void> {
  await world.log.append(
    simulatedInteractions(EVENTS).map((interaction) => ({
      topic: TOPICS.interactions,
      partition: 0,
      key: Buffer.from(interaction.userId),
      value: world.codecs.interaction.encode(interaction),
      timestamp: interaction.eventTime,
    })),
  )
}

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(server.address + path)
  return { status: response.status, text: await response.text() }
}

test('metrics say what was tracked and trained, and what waits', async () => {
  await produce()
  const before = (await get('/metrics')).text
  expect(before).toContain('stan_input_lag_records{partition="0"} 1000\n')
  expect(before).toContain('stan_events_total{partition="0"} 0\n')
  await pipeline.finish()
  // Twice: a scrape must not add to the one before.
  await get('/metrics')
  const { text } = await get('/metrics')
  expect(text).toContain('# TYPE stan_events_total counter\n')
  expect(text).toContain('stan_events_total{partition="0"} 1000\n')
  expect(text).toContain('stan_input_lag_records{partition="0"} 0\n')
  expect(text).toContain('stan_restore_remaining_records{partition="0"} 0\n')
  const { examples, corrections } = pipeline.counters()
  expect(text).toContain(`stan_examples_total{partition="0"} ${examples}\n`)
  expect(text).toContain(`stan_trained_examples_total ${examples + corrections}\n`)
  expect(text).toMatch(/^stan_tensors \d+$/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
})

test('a partition under restore is not ready, and says how much it lacks', async () => {
  expect(await get('/readyz')).toEqual({ status: 200, text: '{"status":"ok"}' })
  restoring.set(0, 1234)
  expect((await get('/readyz')).status).toBe(503)
  expect((await get('/readyz')).text).toContain('Partitions 0 are being restored')
  const { text } = await get('/metrics')
  expect(text).toContain('stan_restore_remaining_records{partition="0"} 1234\n')
  expect(text).not.toContain('stan_events_total{')
  expect((await get('/livez')).status).toBe(200)
})

test('other paths and methods are refused, and so is a port that is taken', async () => {
  expect((await get('/')).status).toBe(404)
  expect((await fetch(`${server.address}/metrics`, { method: 'POST' })).status).toBe(404)
  // What is no address ends the request alone.
  for (const path of ['//', '/%ff', '/%', '//[']) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(server.address, { path }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end()
    })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  }
  expect((await get('/livez')).status).toBe(200)
  const port = Number(new URL(server.address).port)
  const observed = { log: world.log, trackers: () => new Map(), restoring: () => new Map(), trainer: () => null }
  await expect(serveMetrics({ ...HERE, port }, observed, '1.2.3', QUIET_LOGGER)).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringMatching(`^Cannot serve metrics on 127.0.0.1:${port}: .*EADDRINUSE`) as string,
  })
})
