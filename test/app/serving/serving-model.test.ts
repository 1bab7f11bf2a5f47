import { setImmediate as immediate } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { ServingModel } from '../../../src/app/serving/view/serving-model.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { encodeCheckpoint } from '../../../src/app/trainer/checkpoint-record.ts'
import { RANKER_GROUP } from '../../../src/app/trainer/open-trainer.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import { MemoryLog } from '../../../src/io/log/memory-log.ts'
import { plantedExamples, plantedSettings } from '../../core/ranker/planted-examples.ts'

const settings = plantedSettings()
const examples = plantedExamples(1200)
const asked = examples.slice(0, 30)

async function publish(log: MemoryLog, ranker: Ranker, version: number): Promise<void> {
  const head = { positions: [0], exampleCount: ranker.exampleCount, bundleVersion: version, eventTime: version }
  const value = encodeCheckpoint(head, ranker.snapshot())
  await log.append([
    { topic: TOPICS.checkpoints, partition: 0, key: Buffer.from(RANKER_GROUP), value, timestamp: version },
  ])
}

beforeAll(() => chooseBackend('wasm'))

test('scores as the ranker did at each checkpoint, of one after another', async () => {
  const log = new MemoryLog()
  await log.ensureTopics([{ name: TOPICS.checkpoints, partitions: 1, cleanup: 'compact' }])
  const ranker = new Ranker(settings)
  const model = new ServingModel(log, settings)
  const scores: Float32Array[] = []
  expect(await model.follow()).toBe(false)
  for (let version = 1; version <= 5; version++) {
    for (let from = 0; from < 200; from += 50) {
      ranker.train(examples.slice((version - 1) * 200 + from, (version - 1) * 200 + from + 50))
    }
    await publish(log, ranker, version)
    scores.push(ranker.predict(asked))
    const under = { way: true }
    const following = model.follow().finally(() => (under.way = false))
    // While a checkpoint is taken over, the one before serves.
    while (under.way) {
      const { version: held } = model
      expect(held && model.predict(asked)).toEqual(held && scores[held.version - 1])
      await immediate()
    }
    expect(await following).toBe(true)
    expect(model.version).toMatchObject({ version, exampleCount: version * 200 })
    expect(model.predict(asked)).toEqual(scores[version - 1])
  }
  model.dispose()
  ranker.dispose()
})

test('stays with the model before where a checkpoint is of other settings, and goes on with the next', async () => {
  const log = new MemoryLog()
  await log.ensureTopics([{ name: TOPICS.checkpoints, partitions: 1, cleanup: 'compact' }])
  const ranker = new Ranker(settings)
  const other = new Ranker(plantedSettings({ expertWidth: 12 }))
  const model = new ServingModel(log, settings)
  const scores: Float32Array[] = []
  for (const version of [1, 2]) {
    ranker.train(examples.slice(version * 50, version * 50 + 50))
    await publish(log, ranker, version)
    await model.follow()
    scores.push(model.predict(asked))
  }
  await publish(log, other, 3)
  await expect(model.follow()).rejects.toThrow('Cannot restore the ranker: expertWidth was 12 and is 8')
  expect(model.predict(asked)).toEqual(scores[1])
  ranker.train(examples.slice(150, 200))
  await publish(log, ranker, 4)
  await model.follow()
  expect(model.version?.version).toBe(4)
  expect(model.predict(asked)).toEqual(ranker.predict(asked))
  for (const used of [model, ranker, other]) used.dispose()
})
