import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { rankerSettingsOf } from '../../src/app/config/compile-config.ts'
import type { Config } from '../../src/app/config/config-schema.ts'
import { chooseBackend } from '../../src/app/tensor-backend.ts'
import { readTopic } from '../../src/app/report/read-topic.ts'
import { TOPICS } from '../../src/app/topics.ts'
import { Extractor } from '../../src/core/attention/extractor.ts'
import type { TrainingExample } from '../../src/core/contracts/training-example.ts'
import { Ranker } from '../../src/core/ranker/ranker.ts'
import { firstDifference } from '../support/first-difference.ts'
import { FAILURE_SIDES, FailingWrites, WriteFailed } from '../support/failing-writes.ts'
import { KeptWorld } from '../support/kept-world.ts'
import { displacedInteractions, simulatedInteractions } from '../support/simulated-interactions.ts'
import { smallConfig } from '../support/small-config.ts'
import { TrackerBench } from '../support/tracker-bench.ts'
import { trackedExamples } from '../support/trainer-bench.ts'
import { createRecordCodecs } from '../../src/io/schemas/record-codecs.ts'

const CONFIG = smallConfig({ sliceSize: 200, batchSize: 64, bundleEvery: 256 })
const input = displacedInteractions(simulatedInteractions(1100), 10, 100)
const codecs = createRecordCodecs()
const worlds: KeptWorld[] = []

beforeAll(async () => {
  await chooseBackend('wasm')
})

afterEach(() => {
  for (const kept of worlds.splice(0)) kept.dispose()
})

async function worldWithInput(config: Config = CONFIG): Promise<KeptWorld> {
  const kept = await KeptWorld.create(config)
  worlds.push(kept)
  const bench = await TrackerBench.create(config.partitions)
  await kept.log.append(bench.recordsOf(input))
  return kept
}

async function finished(config: Config = CONFIG) {
  const kept = await worldWithInput(config)
  const failures = FailingWrites.never()
  const pipeline = await kept.openPipeline(kept.world(failures))
  await pipeline.finish()
  return { kept, pipeline, asked: failures.asked, ...(await kept.dump()) }
}

async function finalExamplesOf({ log }: KeptWorld): Promise<string[]> {
  const ids: string[] = []
  for await (const { value } of readTopic(log, TOPICS.trainingExamples)) {
    const { exampleId, kind } = codecs.trainingExample.decodeOwn(value!)
    if (kind === 'final') ids.push(exampleId)
  }
  return ids
}

describe('pipeline', () => {
  test.each([1, 3])(
    'gives the same bytes on all topics in two runs over the same input, with %i partitions',
    async (partitions) => {
      const config = smallConfig({ partitions, sliceSize: 200, batchSize: 64, bundleEvery: 256 })
      const [first, second] = [await finished(config), await finished(config)]
      expect(firstDifference(second, first)).toBeNull()
      for (const topic of Object.values(TOPICS).filter(
        (name) => name !== TOPICS.deadLetters && name !== TOPICS.alertMonitor,
      )) {
        expect([topic, first.topics[topic].some((line) => line.includes('@'))]).toEqual([topic, true])
      }
    },
  )

  test('gives other bytes with another seed', async () => {
    const [first, second] = [await finished(), await finished({ ...CONFIG, seed: CONFIG.seed + 1 })]
    expect(second.topics[TOPICS.interactions]).toEqual(first.topics[TOPICS.interactions])
    expect(second.topics[TOPICS.checkpoints]).not.toEqual(first.topics[TOPICS.checkpoints])
    expect(second.topics[TOPICS.trainingExamples]).not.toEqual(first.topics[TOPICS.trainingExamples])
  })

  test.each(FAILURE_SIDES)('ends the same after a crash in any write, %s it took effect', async (side) => {
    const expected = await finished()
    expect(new Set(expected.asked)).toEqual(new Set(['commit tracker', 'apply state 0', 'commit ranker']))
    for (let write = 1; write <= expected.asked.length; write++) {
      const kept = await worldWithInput()
      const dying = await kept.openPipeline(kept.world(FailingWrites.crashAt(write, side)))
      await expect(dying.finish()).rejects.toThrow(WriteFailed)
      await (await kept.openPipeline(kept.world())).finish()
      expect(firstDifference(await kept.dump(), expected)).toBeNull()
      kept.dispose()
    }
  })

  test('with several partitions neither loses nor doubles an example in a crash', async () => {
    const config = smallConfig({ partitions: 3, sliceSize: 200, batchSize: 64, bundleEvery: 256 })
    const expected = await finished(config)
    const finals = await finalExamplesOf(expected.kept)
    for (let write = 1; write <= expected.asked.length; write += 5) {
      for (const side of FAILURE_SIDES) {
        const kept = await worldWithInput(config)
        const dying = await kept.openPipeline(kept.world(FailingWrites.crashAt(write, side)))
        await expect(dying.finish()).rejects.toThrow(WriteFailed)
        const pipeline = await kept.openPipeline(kept.world())
        await pipeline.finish()
        expect(await finalExamplesOf(kept)).toEqual(finals)
        expect(await kept.log.endOffset(TOPICS.predictions, 0)).toBe(finals.length)
        expect(pipeline.counters()).toMatchObject({ events: input.length, examples: finals.length })
        kept.dispose()
      }
    }
  })

  test('trains on the examples of a slice before it tracks the next one', async () => {
    const { topics: _, kept } = await finished()
    const versions: number[] = []
    const { records } = await kept.log.read(TOPICS.trainingExamples, 0, 0, 100_000)
    for (const { value } of records) versions.push(codecs.trainingExample.decodeOwn(value!).bundleVersion)
    // The first slice knows no bundle; from the first 64 examples on each slice knows the newest one.
    expect(versions[0]).toBe(0)
    expect(new Set(versions).size).toBeGreaterThan(3)
  })

  test('leaves incomplete slices and batches alone until it is to finish', async () => {
    const kept = await worldWithInput()
    const pipeline = await kept.openPipeline(kept.world())
    while ((await pipeline.round({ partial: false })) > 0);
    expect(pipeline.trackers[0].nextOffset).toBe(1000)
    expect(pipeline.trainer!.trainedExamples % 64).toBe(0)
    await pipeline.finish()
    expect(pipeline.trackers[0].nextOffset).toBe(1100)
    const { examples, corrections } = pipeline.counters()
    expect(pipeline.trainer!.trainedExamples).toBe(examples + corrections)
    expect(await pipeline.round({ partial: true })).toBe(0)
  })

  test('tracks without a ranker and trains without a tracker', async () => {
    const kept = await worldWithInput()
    const tracking = await kept.openPipeline(kept.world(), { tracker: true, ranker: false })
    await tracking.finish()
    expect(tracking.counters().examples).toBeGreaterThan(500)
    expect(await kept.log.endOffset(TOPICS.predictions, 0)).toBe(0)
    const training = await kept.openPipeline(kept.world(), { tracker: false, ranker: true })
    await training.finish()
    expect(await kept.log.endOffset(TOPICS.predictions, 0)).toBe(tracking.counters().examples)
  })

  test('adds up the counters of all partitions', async () => {
    const three = await finished(smallConfig({ partitions: 3, sliceSize: 200, batchSize: 64, bundleEvery: 256 }))
    const { events, users } = three.pipeline.counters()
    expect(events).toBe(input.length)
    expect(users).toBe(new Set(input.map(({ userId }) => userId)).size)
  })
})

describe('extractor of a bundle', () => {
  test.each(['right', 'left'] as const)(
    'predicts what the left branch of the ranker predicts, in the %s form',
    async (attention) => {
      const config = { ...CONFIG, ranker: { ...CONFIG.ranker, attention } }
      const records = await trackedExamples(config, 800)
      const examples = records.map(({ value }) => codecs.trainingExample.decodeOwn(value!)).slice(0, 256)
      // The loss is of the weights that are trained, and so must the extractor be.
      const choice = { ...config.ranker, learningRate: 0.01, servingDecay: 0 }
      const ranker = new Ranker(rankerSettingsOf({ ...config, ranker: choice }))
      for (let from = 0; from < 256; from += 32) ranker.train(examples.slice(from, from + 32))
      // L_s of one example is (l - p)^2 (equation 11), so with the pseudo-label 0 its root is the prediction p.
      const predicted = new Set<string>()
      for (const example of examples.slice(0, 60)) {
        const asked: TrainingExample = {
          ...example,
          kind: 'final',
          tasks: example.tasks.map((task) => ({ ...task, pseudoLabel: 0 })),
        }
        const expected = new Extractor(ranker.exportExtractor()).predict({ current: null }, example.stateTokens)
        const { leftLossPerTask } = ranker.testThenTrain([asked])
        leftLossPerTask.forEach((loss, k) => expect(expected[k]).toBeCloseTo(Math.sqrt(loss), 4))
        predicted.add(expected.join())
      }
      expect(predicted.size).toBeGreaterThan(30)
      ranker.dispose()
    },
  )
})
