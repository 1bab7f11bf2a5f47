import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { type ApiFixture, openApiFixture } from '../../support/api-fixture.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

const events = simulatedInteractions(8000)
const half = events.length / 2

let fixture: ApiFixture

beforeAll(async () => {
  await chooseBackend('wasm')
  fixture = await openApiFixture(smallConfig(), { ranker: true })
  for (let from = 0; from < half; from += 1000) await fixture.track(events.slice(from, from + 1000))
})
afterAll(() => fixture.close())

describe('GET /v1/models', () => {
  interface Models {
    readonly current: { readonly version: number; readonly mode: string; readonly exampleCount: number }
    readonly ageSeconds: number
    readonly versions: readonly { readonly version: number }[]
    readonly tasks: readonly { readonly task: string; readonly labelMean: number }[]
    readonly window: { readonly examples: number; readonly overall: Record<string, Record<string, number | null>> }
    readonly calibration: Record<string, readonly { readonly rate: number; readonly count: number }[]>
    readonly history: readonly { readonly exampleCount: number }[]
  }

  test('has the newest bundle first, and the metrics of the ranker itself', async () => {
    const models = await fixture.get<Models>('/v1/models')
    const trainer = fixture.pipeline.trainer!
    expect(models.current).toMatchObject({ mode: 'stan-gated', exampleCount: trainer.trainedExamples })
    expect(models.current.version).toBe(trainer.latestBundleVersion)
    expect(models.versions.map(({ version }) => version)).toEqual(
      Array.from({ length: models.versions.length }, (_, i) => trainer.latestBundleVersion - i),
    )
    expect(models.ageSeconds).toBeGreaterThanOrEqual(0)
    expect(models.tasks.map(({ task }) => task)).toEqual(['ctr', 'stay', 'cvr'])
    expect(models.window.examples).toBe(trainer.window.size)
    for (const [task, metrics] of Object.entries(trainer.window.overall())) {
      expect(models.window.overall[task]).toMatchObject({ auc: metrics.auc, examples: metrics.examples })
      const rows = models.calibration[task].reduce((sum, { count }) => sum + count, 0)
      const positives = models.calibration[task].reduce((sum, { rate, count }) => sum + rate * count, 0)
      expect(rows).toBe(metrics.examples)
      expect(positives).toBeCloseTo(metrics.positives, 6)
    }
  })
})

describe('GET /v1/embeddings', () => {
  interface Embeddings {
    readonly embeddingVersion: number
    readonly explained: readonly number[]
    readonly points: readonly { readonly userId: string; readonly x: number; readonly y: number }[]
    readonly user: { readonly userId: string; readonly trail: readonly { readonly time: string }[] } | null
  }

  test('shows each user of the sample once, and the way of the one asked for', async () => {
    const { userId } = events[half + 50]
    const before = await fixture.get<Embeddings>(`/v1/embeddings?userId=${userId}`)
    expect(before.points.length).toBeGreaterThan(20)
    expect(new Set(before.points.map((point) => point.userId)).size).toBe(before.points.length)
    expect(before.explained[0]).toBeGreaterThanOrEqual(before.explained[1])
    const spread = (axis: 'x' | 'y'): number => before.points.reduce((sum, point) => sum + point[axis] ** 2, 0)
    expect(spread('x')).toBeGreaterThan(spread('y'))
    await fixture.track(events.slice(half, half + 2000))
    const after = await fixture.get<Embeddings>(`/v1/embeddings?userId=${userId}&limit=5`)
    expect(after.points).toHaveLength(5)
    expect(after.user!.trail.length).toBeGreaterThan(before.user!.trail.length)
    const times = after.user!.trail.map(({ time }) => time)
    expect(times).toEqual(times.toSorted())
  })

  test('forgets a user who was erased', async () => {
    const { points } = await fixture.get<Embeddings>('/v1/embeddings')
    const { userId } = points[0]
    await fixture.world.log.append([erasureRecord(0, userId, events[half].eventTime)])
    await fixture.settle()
    const after = await fixture.get<Embeddings>('/v1/embeddings')
    expect(after.points.map((point) => point.userId)).not.toContain(userId)
    const { statusCode } = await fixture.app.inject(`/v1/embeddings?userId=${userId}`)
    expect(statusCode).toBe(404)
  })
})

describe('GET /v1/alerts', () => {
  test('has the latest alerts, the newest first', async () => {
    const published: string[] = []
    for await (const { value } of readTopic(fixture.world.log, TOPICS.lifecycleAlerts)) {
      if (value) published.push(fixture.world.codecs.lifecycleAlert.decodeOwn(value).deduplicationKey)
    }
    const { alerts } = await fixture.get<{ alerts: { deduplicationKey: string; eventTime: string }[] }>(
      '/v1/alerts?limit=10',
    )
    expect(published.length).toBeGreaterThan(10)
    expect(alerts).toHaveLength(10)
    for (const { deduplicationKey } of alerts) expect(published).toContain(deduplicationKey)
    const times = alerts.map(({ eventTime }) => eventTime)
    expect(times).toEqual(times.toSorted().toReversed())
  })
})

describe('GET /v1/operations', () => {
  interface Operations {
    readonly topics: readonly { readonly topic: string; readonly records: number }[]
    readonly view: { readonly lagRecords: number }
    readonly tracker: { readonly lagRecords: number | null }
    readonly deadLetters: { readonly count: number; readonly latest: readonly { cause: string; offset: number }[] }
  }

  test('says what waits where, and which records could not be used', async () => {
    const rest = await fixture.get<Operations>('/v1/operations')
    expect(rest).toMatchObject({ view: { lagRecords: 0 }, tracker: { lagRecords: 0 }, deadLetters: { count: 0 } })
    const bad = {
      topic: TOPICS.interactions,
      partition: 0,
      key: Buffer.from('x'),
      value: Buffer.from('?'),
      timestamp: 1,
    }
    await fixture.world.log.append([bad])
    expect((await fixture.get<Operations>('/v1/operations')).tracker.lagRecords).toBe(1)
    await fixture.pipeline.finish()
    const { deadLetters, topics } = await fixture.get<Operations>('/v1/operations')
    expect(deadLetters).toMatchObject({ count: 1, latest: [{ cause: 'unreadable-record', offset: 0 }] })
    expect(topics.find(({ topic }) => topic === TOPICS.interactions)!.records).toBe(
      await fixture.world.log.endOffset(TOPICS.interactions, 0),
    )
    await fixture.track(events.slice(half + 2000, half + 2100))
    expect((await fixture.get<Operations>('/v1/operations')).view.lagRecords).toBe(0)
  })
})
