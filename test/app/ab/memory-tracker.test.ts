import { expect, test } from 'vitest'
import { MemoryTracker } from '../../../src/app/ab/memory-tracker.ts'
import { trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { memoryWorld } from '../../../src/app/wire.ts'
import { activeModel } from '../../../src/core/active-model.ts'
import type { TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { displacedInteractions, simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

test('the tracker in memory makes the very examples of the one on a log, late events and corrections included', async () => {
  const config = smallConfig()
  const events = displacedInteractions(simulatedInteractions(6000), 40, 60)
  const world = await memoryWorld(config)
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  await world.log.append(
    events.map((event) => ({
      topic: TOPICS.interactions,
      partition: 0,
      key: Buffer.from(event.userId),
      value: world.codecs.interaction.encode(event),
      timestamp: event.eventTime,
    })),
  )
  await pipeline.finish()
  const onLog: TrainingExample[] = []
  for await (const { value } of readTopic(world.log, TOPICS.trainingExamples)) {
    if (value) onLog.push(world.codecs.trainingExample.decodeOwn(value))
  }
  pipeline.dispose()
  await world.close()

  const tracker = new MemoryTracker(activeModel(trackerSettingsOf(config), null))
  for (const event of events) tracker.send(event)
  const { codecs } = world
  const throughCodec = (example: TrainingExample) =>
    codecs.trainingExample.decodeOwn(codecs.trainingExample.encode(example))
  const inMemory = tracker.takeExamples().map(throughCodec)
  const byId = (examples: readonly TrainingExample[]) =>
    examples
      .map(({ source: _source, ...example }) => example)
      .toSorted((a, b) => (a.exampleId + a.kind < b.exampleId + b.kind ? -1 : 1))
  expect(onLog.some(({ kind }) => kind === 'correction')).toBe(true)
  expect(inMemory.length).toBeGreaterThan(1000)
  expect(byId(inMemory)).toEqual(byId(onLog))
  expect(tracker.takeExamples()).toEqual([])

  expect(tracker.waitingCount).toBeGreaterThan(0)
  tracker.advance(events.at(-1)!.eventTime + 2 * 3_600_000 * config.joiner.correctionHours)
  expect(tracker.waitingCount).toBe(0)
})
