import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Config, configSchema } from '../../../src/app/config/config-schema.ts'
import { auditFolder } from '../../../src/app/erasure/audit-folder.ts'
import { retentionByTopic } from '../../../src/app/config/retention-config.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { UserView } from '../../../src/app/serving/view/user-view.ts'
import { VIEW } from '../../../src/app/serving/view/view-name.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { Housekeeping } from '../../../src/app/upkeep/housekeeping.ts'
import { openWorld, type World } from '../../../src/app/wire.ts'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import { createRecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const DAY_MS = 86_400_000
const NOON = Date.UTC(2026, 0, 10, 12)
const EVENTS = simulatedInteractions(600)
const codecs = createRecordCodecs()
const quiet = { info: () => {} }

beforeAll(async () => {
  await chooseBackend('wasm')
})

async function configOf(retention: object): Promise<Config> {
  const dataDir = join(await temporaryFolder(), 'data')
  return configSchema.parse({ ...SMALL_SETTINGS, dataDir, tracker: { sliceSize: 100 }, retention })
}

const append = (world: World, events: readonly Interaction[]) =>
  world.log.append(
    events.map((event) => ({
      topic: TOPICS.interactions,
      partition: 0,
      key: Buffer.from(event.userId),
      value: codecs.interaction.encode(event),
      timestamp: event.eventTime,
    })),
  )

async function eventIdsIn({ log }: World): Promise<string[]> {
  const ids: string[] = []
  for await (const { value } of readTopic(log, TOPICS.interactions))
    ids.push(codecs.interaction.decodeOwn(value!).eventId)
  return ids
}

describe('retention', () => {
  test('by age takes what tracker, ranker and view have read, on the clock that it is given', async () => {
    const config = await configOf({ days: 1, topics: { stageTransitions: { days: 0 } } })
    const world = await openWorld(config, 'test')
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
    const view = await UserView.open(world.log, world.codecs, await world.viewStore(VIEW))
    const housekeeping = await Housekeeping.open(config, world, pipeline, view, quiet)
    const startOf = (topic: string) => world.log.startOffset(topic, 0)

    for (const [i, batch] of [EVENTS.slice(0, 200), EVENTS.slice(200, 400)].entries()) {
      await append(world, batch)
      await housekeeping.step(NOON + i * DAY_MS)
    }
    // A day and an hour after the first batch nobody has read it.
    await housekeeping.step(NOON + 2 * DAY_MS + 3_600_000)
    expect(await startOf(TOPICS.interactions)).toBe(0)

    await pipeline.finish()
    while (await view.follow());
    await housekeeping.step(NOON + 2 * DAY_MS + 2 * 3_600_000)
    expect(await startOf(TOPICS.interactions)).toBe(200)
    expect(await eventIdsIn(world)).toEqual(EVENTS.slice(200, 400).map(({ eventId }) => eventId))
    // Outputs are younger than a day.
    expect(await startOf(TOPICS.trainingExamples)).toBe(0)

    await append(world, EVENTS.slice(400))
    await pipeline.finish()
    await housekeeping.step(NOON + 3 * DAY_MS + 3 * 3_600_000)
    expect(await startOf(TOPICS.interactions)).toBeGreaterThanOrEqual(200)
    expect(await startOf(TOPICS.trainingExamples)).toBeGreaterThan(0)
    // One topic is kept for ever by its own setting.
    expect(await startOf(TOPICS.stageTransitions)).toBe(0)
    const trained = pipeline.trainer!.trainedExamples
    await housekeeping.close()
    pipeline.dispose()
    await view.close()
    await world.close()

    // A restart goes on where it was: nothing that it needs has gone.
    const again = await openWorld(config, 'test')
    const restarted = await Pipeline.open(config, again, { tracker: true, ranker: true })
    await restarted.finish()
    expect(restarted.trainer!.trainedExamples).toBe(trained)
    expect(restarted.counters().events).toBe(600)
    restarted.dispose()
    await again.close()
  })

  test('is set for all topics, and for single ones in their place', () => {
    const { retention } = configSchema.parse({
      retention: { days: 7, maxMiB: 100, topics: { interactions: { days: 30 }, predictions: { days: 0, maxMiB: 0 } } },
    })
    const rules = retentionByTopic(retention)
    expect(rules.get(TOPICS.interactions)).toEqual({ ageMs: 30 * DAY_MS, maxBytes: 100 * 1024 * 1024 })
    expect(rules.get(TOPICS.predictions)).toEqual({ ageMs: null, maxBytes: null })
    expect(rules.get(TOPICS.deadLetters)).toEqual({ ageMs: 7 * DAY_MS, maxBytes: 100 * 1024 * 1024 })
    expect(rules.has(TOPICS.userStates)).toBe(false)
    expect([...retentionByTopic(configSchema.parse({}).retention).values()]).toEqual(
      Array.from({ length: 7 }, () => ({ ageMs: null, maxBytes: null })),
    )
  })
})

describe('erasures of a running process', () => {
  test('are finished beside the stream, and handed to a ranker that waits for a full batch', async () => {
    const config = await configOf({ days: 1 })
    const gone = EVENTS[0].userId
    const lines: string[] = []
    const world = await openWorld(config, 'test')
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
    const view = await UserView.open(world.log, world.codecs, await world.viewStore(VIEW))
    const housekeeping = await Housekeeping.open(config, world, pipeline, view, {
      info: (_, message) => lines.push(message),
    })
    await append(world, EVENTS)
    while ((await pipeline.round({ partial: true })) > 0);
    await world.log.append([erasureRecord(0, gone, EVENTS[599].eventTime)])
    while ((await pipeline.round({ partial: true })) > 0);
    while (await view.follow());

    // The ranker has not read the tombstone: its batch is not full. Retention must not take it.
    await housekeeping.step(NOON)
    await housekeeping.step(NOON + 6_000)
    expect(lines).toEqual([])
    await housekeeping.step(NOON + 70_000)
    await housekeeping.step(NOON + 76_000)
    for (let second = 80; !lines.includes('erasures are finished'); second += 6) {
      await housekeeping.step(NOON + second * 1000)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await housekeeping.close()
    pipeline.dispose()
    await view.close()
    await world.close()
    const traces: string[] = []
    for await (const { file, place } of auditFolder(config.dataDir, gone, codecs)) traces.push(`${file} ${place}`)
    expect(traces).toEqual([])
  })
})
