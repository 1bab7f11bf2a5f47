import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Config, configSchema } from '../../../src/app/config/config-schema.ts'
import { openTracing } from '../../../src/app/observability/open-tracing.ts'
import { readTraceparent, TRACEPARENT } from '../../../src/app/observability/traceparent.ts'
import { NO_TRACING } from '../../../src/app/observability/tracing.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { createHttpApp } from '../../../src/app/serving/http-app.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { memoryWorld, type World } from '../../../src/app/wire.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'

const SAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const NOT_SAMPLED = '00-1bf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
const EVENTS = simulatedInteractions(600)

interface SentSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
}

/** Takes OTLP over HTTP as a collector does. */
let receiver: Server
let spans: SentSpan[]
let services: unknown[]

beforeAll(async () => {
  await chooseBackend('wasm')
})
beforeEach(async () => {
  spans = []
  services = []
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: { resource: { attributes: unknown[] }; scopeSpans: { spans: SentSpan[] }[] }[]
      }
      for (const { resource, scopeSpans } of body.resourceSpans) {
        services.push(...resource.attributes)
        for (const scope of scopeSpans) spans.push(...scope.spans)
      }
      response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
})
afterEach(() => {
  receiver.close()
})

function configOf(telemetry: object): Config {
  return configSchema.parse({ ...SMALL_SETTINGS, telemetry })
}

const endpoint = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`

/** Tracks the events, the fourth of which comes with a trace, and the fifth with one that nobody keeps. */
async function track(config: Config, traceparents: readonly [number, string][]): Promise<World> {
  const world = await memoryWorld(config)
  const tracing = await openTracing(config.telemetry, '1.2.3')
  world.instruments!.tracing = tracing
  const headersOf = new Map(traceparents)
  await world.log.append(
    EVENTS.map((event, i) => {
      const traceparent = headersOf.get(i)
      return {
        topic: TOPICS.interactions,
        partition: 0,
        key: Buffer.from(event.userId),
        value: world.codecs.interaction.encode(event),
        timestamp: event.eventTime,
        ...(traceparent !== undefined && { headers: { [TRACEPARENT]: Buffer.from(traceparent) } }),
      }
    }),
  )
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
  await pipeline.finish()
  pipeline.dispose()
  await tracing.close()
  return world
}

async function outputsIn(world: World): Promise<string[]> {
  const outputs: string[] = []
  for (const topic of [TOPICS.userStates, TOPICS.stageTransitions, TOPICS.trainingExamples, TOPICS.changelog]) {
    for await (const { key, value, headers } of readTopic(world.log, topic)) {
      const hex = [key, value].map((bytes) => bytes && Buffer.from(bytes).toString('hex'))
      outputs.push(`${topic} ${hex.join(' ')} ${headers ? Buffer.from(headers[TRACEPARENT]).toString() : ''}`)
    }
  }
  return outputs
}

describe('traces', () => {
  test('go by OTLP to a receiver: slices with their commits, train steps, and inputs below the trace they bring', async () => {
    const config = configOf({ otlpEndpoint: endpoint(), sampleShare: 1, serviceName: 'shop' })
    await track(config, [
      [3, SAMPLED],
      [4, NOT_SAMPLED],
    ])
    const byName = (name: string) => spans.filter((span) => span.name === name)
    // 512 and 88 records.
    expect(byName('tracker slice')).toHaveLength(2)
    expect(byName('ranker step').length).toBeGreaterThan(0)
    expect(new Set(byName('tracker commit').map(({ parentSpanId }) => parentSpanId))).toEqual(
      new Set(byName('tracker slice').map(({ spanId }) => spanId)),
    )
    expect(byName('track interaction')).toMatchObject([
      { traceId: SAMPLED.slice(3, 35), parentSpanId: SAMPLED.slice(36, 52) },
    ])
    expect(byName('track interaction')[0].attributes).toContainEqual({ key: 'stan.offset', value: { intValue: 3 } })
    expect(services).toContainEqual({ key: 'service.name', value: { stringValue: 'shop' } })
  })

  test('of requests go on with the trace of the caller, and name the route and not the address', async () => {
    const world = await memoryWorld(configOf({}))
    const instruments = world.instruments!
    instruments.tracing = await openTracing(configOf({ otlpEndpoint: endpoint(), sampleShare: 0 }).telemetry, '1.2.3')
    const app = createHttpApp(QUIET_LOGGER, {}, instruments)
    app.get('/v1/users/:id/state', () => ({ ok: true }))
    await app.inject({ url: '/v1/users/ann/state', headers: { traceparent: SAMPLED } })
    // Not kept: this trace begins here, and the share is 0.
    await app.inject({ url: '/v1/users/bob/state' })
    await app.close()
    await instruments.tracing.close()
    await world.close()
    expect(spans).toMatchObject([{ name: 'GET /v1/users/:id/state', traceId: SAMPLED.slice(3, 35) }])
    expect(JSON.stringify(spans)).not.toContain('ann')
  })

  test('are off without an address, and a receiver that is not there harms nothing', async () => {
    expect(await openTracing(configOf({}).telemetry, '1.2.3')).toBe(NO_TRACING)
    expect(NO_TRACING.begin('x', {})).toBeNull()
    receiver.close()
    const config = configOf({ otlpEndpoint: 'http://127.0.0.1:9', sampleShare: 1 })
    expect(await outputsIn(await track(config, []))).toEqual(await outputsIn(await track(configOf({}), [])))
  })

  test('leave the outputs as they are, and go on with them byte for byte where it is configured', async () => {
    const headers: [number, string][] = [[3, SAMPLED]]
    const plain = await outputsIn(await track(configOf({}), headers))
    const traced = await outputsIn(await track(configOf({ otlpEndpoint: endpoint(), sampleShare: 1 }), headers))
    expect(traced).toEqual(plain)
    expect(plain.filter((output) => output.endsWith(SAMPLED))).toEqual([])
    const carried = await outputsIn(await track(configOf({ carryTraceparent: true }), headers))
    expect(carried.map((output) => output.replace(SAMPLED, ''))).toEqual(plain)
    const theirs = carried.filter((output) => output.endsWith(SAMPLED))
    expect(theirs.map((output) => output.split(' ')[0])).toContain(TOPICS.userStates)
    const user = Buffer.from(EVENTS[3].userId).toString('hex')
    expect([...new Set(theirs.map((output) => output.split(' ')[1]))]).toEqual([user])
    expect(await outputsIn(await track(configOf({ carryTraceparent: true }), headers))).toEqual(carried)
  })
})

describe('a traceparent header', () => {
  test('is read in the form of W3C, and anything else is none', () => {
    expect(readTraceparent(Buffer.from(SAMPLED))).toEqual({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      isSampled: true,
    })
    expect(readTraceparent(NOT_SAMPLED)?.isSampled).toBe(false)
    for (const bad of [
      undefined,
      '',
      'x',
      SAMPLED.toUpperCase(),
      SAMPLED.slice(1),
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    ]) {
      expect(readTraceparent(bad)).toBeNull()
    }
  })
})
