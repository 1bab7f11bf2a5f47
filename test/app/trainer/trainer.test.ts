import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { RANKER_GROUP } from '../../../src/app/trainer/open-trainer.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { rankerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { Ranker } from '../../../src/core/ranker/ranker.ts'
import { decodeCheckpoint } from '../../../src/core/ranker/checkpoint-codec.ts'
import { Trainer } from '../../../src/app/trainer/trainer.ts'
import type { LogSlice, OutputRecord } from '../../../src/io/log/log.ts'
import { createRecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import { dumpTopics } from '../../support/dump-topics.ts'
import { type Dump, firstDifference } from '../../support/first-difference.ts'
import { FAILURE_SIDES, type FailureSide, FailingWrites, WriteFailed } from '../../support/failing-writes.ts'
import { smallConfig } from '../../support/small-config.ts'
import { trackedExamples, TrainerBench } from '../../support/trainer-bench.ts'

const BATCH = 64
const CONFIG = smallConfig({ batchSize: BATCH, bundleEvery: 256 })
const codecs = createRecordCodecs()

let examples: OutputRecord[]
/** Everything after a run without a crash. */
let expected: Dump
let expectedCommits: number
const benches: TrainerBench[] = []

async function benchWith(records: readonly OutputRecord[]): Promise<TrainerBench> {
  const bench = await TrainerBench.create(CONFIG, records)
  benches.push(bench)
  return bench
}

async function dumpOf({ log }: TrainerBench): Promise<Dump> {
  return { topics: await dumpTopics(log), stores: [] }
}

/** Trains to the end of what is there, the incomplete last batch included. */
async function finish(trainer: Trainer): Promise<void> {
  while ((await trainer.step({ partial: false })) > 0);
  await trainer.step({ partial: true })
}

/** Dies in one commit after the other, and ends each time as a run that does not die. Returns how many commits there are. */
async function crashInEachCommit(input: readonly OutputRecord[], side: FailureSide): Promise<number> {
  const whole = await benchWith(input)
  const counted = FailingWrites.never()
  await finish(await whole.open(counted))
  const dump = await dumpOf(whole)
  for (let commit = 1; commit <= counted.asked.length; commit++) {
    const bench = await benchWith(input)
    await expect(finish(await bench.open(FailingWrites.crashAt(commit, side)))).rejects.toThrow(WriteFailed)
    await finish(await bench.open())
    expect(firstDifference(await dumpOf(bench), dump)).toBeNull()
  }
  return counted.asked.length
}

const kindOf = ({ value }: OutputRecord) => codecs.trainingExample.decodeOwn(value!).kind

function tombstone(userId: string): OutputRecord {
  return { topic: TOPICS.trainingExamples, partition: 0, key: Buffer.from(userId), value: null, timestamp: 0 }
}

function usersOf(records: readonly OutputRecord[]): string[] {
  return [...new Set(records.map(({ key }) => Buffer.from(key!).toString()))]
}

beforeAll(async () => {
  await chooseBackend('wasm')
  examples = (await trackedExamples(CONFIG, 2200)).slice(0, 15 * BATCH + 20)
  const bench = await benchWith(examples)
  const failures = FailingWrites.never()
  await finish(await bench.open(failures))
  expected = await dumpOf(bench)
  expectedCommits = failures.asked.length
})

afterEach(() => {
  for (const bench of benches.splice(0)) bench.dispose()
})

describe('trainer', () => {
  test('has corrections among its examples, and commits bundle after bundle', () => {
    expect(examples.filter((record) => kindOf(record) === 'correction').length).toBeGreaterThan(10)
    expect(expectedCommits).toBe(6)
  })

  test.each(FAILURE_SIDES)('ends with the same bytes after a crash in any commit, %s it took effect', async (side) => {
    for (let commit = 1; commit <= expectedCommits; commit++) {
      const bench = await benchWith(examples)
      const failures = FailingWrites.crashAt(commit, side)
      await expect(finish(await bench.open(failures))).rejects.toThrow(WriteFailed)
      await finish(await bench.open())
      expect(firstDifference(await dumpOf(bench), expected)).toBeNull()
    }
  })

  test('ends with the same bytes however the examples come and however often it dies between commits', async () => {
    const bench = await benchWith([])
    let trainer = await bench.open()
    for (let from = 0, chunk = 1; from < examples.length; from += chunk, chunk = (chunk * 7) % 150) {
      await bench.log.append(examples.slice(from, from + chunk))
      await trainer.step({ partial: false })
      if (chunk % 2 === 0) trainer = await bench.open()
    }
    await finish(trainer)
    expect(firstDifference(await dumpOf(bench), expected)).toBeNull()
  })

  test('reads each example once, however often there are too few for a batch', async () => {
    const bench = await benchWith([])
    const trainer = await bench.open()
    const read = vi.spyOn(bench.log, 'read')
    for (const example of examples.slice(0, BATCH + 8)) {
      await bench.log.append([example])
      await trainer.step({ partial: false })
    }
    const slices = await Promise.all(read.mock.results.map(({ value }) => value as Promise<LogSlice>))
    expect(slices.reduce((sum, { records }) => sum + records.length, 0)).toBe(BATCH + 8)
    expect(trainer.trainedExamples).toBe(BATCH)
  })

  test('goes on after its end with the weights it ended with', async () => {
    const bench = await benchWith(examples)
    await finish(await bench.open())
    const first = await bench.checkpoint()
    const reopened = await bench.open()
    expect(reopened.trainedExamples).toBe(examples.length)
    expect(reopened.latestBundleVersion).toBe(expectedCommits)
    await finish(reopened)
    expect(await bench.checkpoint()).toEqual(first)
    expect(await bench.bundles()).toHaveLength(expectedCommits)
  })

  test('publishes a bundle at counts that double up to the first regular one, as it was a batch before, and one at the end', async () => {
    const bench = await benchWith(examples)
    const trainer = await bench.open()
    await trainer.step({ partial: false })
    expect((await bench.bundles()).map(({ version, exampleCount }) => [version, exampleCount])).toEqual([
      [1, 64],
      [2, 128],
      [3, 192],
      [4, 448],
      [5, 704],
    ])
    expect(trainer.trainedExamples).toBe(15 * BATCH)
    await trainer.step({ partial: true })
    expect((await bench.bundles()).at(-1)).toMatchObject({ version: 6, exampleCount: examples.length })
    await trainer.step({ partial: true })
    expect(await bench.bundles()).toHaveLength(6)
  })

  test('commits the position of the checkpoint with it', async () => {
    const bench = await benchWith(examples)
    const trainer = await bench.open()
    await trainer.step({ partial: false })
    const { head } = (await bench.checkpoint())!
    expect(head).toMatchObject({ positions: [768], exampleCount: 768, bundleVersion: 5 })
    expect(await bench.log.committed(RANKER_GROUP, TOPICS.trainingExamples, 0)).toBe(768)
    expect(await bench.log.endOffset(TOPICS.predictions, 0)).toBe((await bench.predictions()).length)
    expect(decodeCheckpoint((await bench.checkpoint())!.snapshot)['counters']).toMatchObject({ 1: 768 })
  })

  test('predicts every final example once, in order, and no correction', async () => {
    const bench = await benchWith(examples)
    await finish(await bench.open())
    const finals = examples.filter((record) => kindOf(record) === 'final')
    expect((await bench.predictions()).map(({ exampleId }) => exampleId)).toEqual(
      finals.map(({ value }) => codecs.trainingExample.decodeOwn(value!).exampleId),
    )
  })

  test('predicts before it trains: what comes later does not change a prediction', async () => {
    const bench = await benchWith(examples.slice(0, 4 * BATCH))
    await finish(await bench.open())
    const long = await benchWith(examples)
    await finish(await long.open())
    const early = await bench.predictions()
    expect((await long.predictions()).slice(0, early.length)).toEqual(early)
    const scores = new Set(early.map(({ tasks }) => tasks[0].score))
    expect(scores.size).toBeGreaterThan(early.length / 2)
  })

  test('trains on corrections alone and commits what they taught', async () => {
    const bench = await benchWith(examples.filter((record) => kindOf(record) === 'correction').slice(0, 10))
    await finish(await bench.open())
    expect(await bench.predictions()).toEqual([])
    const { head, snapshot } = (await bench.checkpoint())!
    expect(head).toMatchObject({ exampleCount: 10, positions: [10] })
    const untrained = new Ranker(rankerSettingsOf(CONFIG))
    expect(decodeCheckpoint(snapshot)['weights/values']).not.toEqual(
      decodeCheckpoint(untrained.snapshot())['weights/values'],
    )
  })

  describe('at the tombstone of an erased user', () => {
    test('forgets the row and the sample of that user alone, and commits at once', async () => {
      const two = examples.slice(0, 2 * BATCH)
      const [gone, ...others] = usersOf(two)
      const bench = await benchWith(two)
      await finish(await bench.open())
      const before = (await bench.checkpoint())!
      expect(Buffer.from(before.snapshot).includes(gone)).toBe(true)

      await bench.log.append([tombstone(gone)])
      await (await bench.open()).step({ partial: true })
      const after = (await bench.checkpoint())!
      expect(after.head).toMatchObject({ positions: [2 * BATCH + 1], bundleVersion: before.head.bundleVersion + 1 })
      expect(Buffer.from(after.snapshot).includes(gone)).toBe(false)
      for (const user of others) expect([user, Buffer.from(after.snapshot).includes(user)]).toEqual([user, true])

      const [was, is] = [before, after].map(({ snapshot }) => decodeCheckpoint(snapshot))
      const row = (was['table/id:user/values'] as string[]).indexOf(gone)
      const width = CONFIG.ranker.embeddingWidth
      const rowOf = (sections: typeof was) =>
        (sections['table/id:user/embeddings'] as Float32Array).slice(row * width, (row + 1) * width)
      expect(rowOf(was)).not.toEqual(new Float32Array(width))
      expect(rowOf(is)).toEqual(new Float32Array(width))
      // What others taught the model stays.
      expect(is['weights/values']).toEqual(was['weights/values'])
      expect(is['table/id:item/embeddings']).toEqual(was['table/id:item/embeddings'])
    })

    test('that lies among examples forgets the user with the batch it is in, and commits', async () => {
      const [gone] = usersOf(examples)
      const withoutGone = examples.slice(BATCH).filter(({ key }) => Buffer.from(key!).toString() !== gone)
      const bench = await benchWith([
        ...examples.slice(0, BATCH),
        tombstone(gone),
        ...withoutGone.slice(0, 2 * BATCH - 1),
      ])
      const trainer = await bench.open()
      await trainer.step({ partial: false })
      expect(trainer.trainedExamples).toBe(2 * BATCH)
      const { head, snapshot } = (await bench.checkpoint())!
      expect(head).toMatchObject({ exampleCount: 2 * BATCH, positions: [2 * BATCH + 1] })
      expect(Buffer.from(snapshot).includes(gone)).toBe(false)
    })

    test.each(FAILURE_SIDES)(
      'ends with the same bytes after a crash in any commit, %s it took effect',
      async (side) => {
        const [first, second] = usersOf(examples)
        const input = [
          ...examples.slice(0, 100),
          tombstone(first),
          ...examples.slice(100, 200),
          tombstone(second),
          tombstone('stranger'),
        ]
        expect(await crashInEachCommit(input, side)).toBe(3)
      },
    )
  })

  describe('at a batch whose loss explodes', () => {
    /** The examples with the importance weights of one batch spoiled. */
    function spoiled(batchIndex: number, weight = 1e12): OutputRecord[] {
      return examples.map((record, i) => {
        if (Math.floor(i / BATCH) !== batchIndex) return record
        const example = codecs.trainingExample.decodeOwn(record.value!)
        return { ...record, value: codecs.trainingExample.encode({ ...example, weight }) }
      })
    }

    test('goes back to the latest checkpoint, says so, counts everything, and goes on', async () => {
      const warnings: string[] = []
      const bench = await benchWith(spoiled(10))
      const trainer = await bench.open(undefined, (warning) => warnings.push(warning))
      await finish(trainer)
      expect(warnings).toEqual([
        expect.stringMatching(/^The ranker goes back to the checkpoint at 512 examples: its loss is .* is usual$/),
      ])
      expect(trainer.rollbacks).toBe(1)
      expect(trainer.trainedExamples).toBe(examples.length)
      const predictions = await bench.predictions()
      expect(predictions).toHaveLength(examples.filter((record) => kindOf(record) === 'final').length)
      for (const { tasks } of predictions) for (const { score } of tasks) expect(score > 0 && score < 1).toBe(true)
      const counters = decodeCheckpoint((await bench.checkpoint())!.snapshot)['counters'] as Float64Array
      // Batches 8 and 9 were trained on after the checkpoint and given up with the weights; 10 was never trained on.
      expect([counters[0], counters[1]]).toEqual([13, examples.length])
    })

    test('starts anew when there is no checkpoint yet', async () => {
      const warnings: string[] = []
      const bench = await benchWith(spoiled(0, Number.POSITIVE_INFINITY).slice(0, 3 * BATCH))
      const trainer = await bench.open(undefined, (warning) => warnings.push(warning))
      await finish(trainer)
      expect(warnings).toEqual(['The ranker goes back to its start: its loss is Infinity'])
      expect(trainer.trainedExamples).toBe(3 * BATCH)
      for (const { tasks } of await bench.predictions()) for (const { score } of tasks) expect(score).not.toBeNaN()
    })

    test.each(FAILURE_SIDES)(
      'ends with the same bytes after a crash in any commit, %s it took effect',
      async (side) => {
        expect(await crashInEachCommit(spoiled(10), side)).toBeGreaterThan(3)
      },
    )
  })

  test('refuses a checkpoint of another model', async () => {
    const bench = await benchWith(examples.slice(0, BATCH))
    await finish(await bench.open())
    const wider = await TrainerBench.create({ ...CONFIG, ranker: { ...CONFIG.ranker, expertWidth: 16 } })
    benches.push(wider)
    const { records } = await bench.log.read(TOPICS.checkpoints, 0, 0, 10)
    await wider.log.append(records.map((record) => ({ ...record, topic: TOPICS.checkpoints, partition: 0 })))
    await expect(wider.open()).rejects.toMatchObject({ code: 'settings-changed' })
  })

  test('fills its live window again from the predictions', async () => {
    const bench = await benchWith(examples)
    const trainer = await bench.open()
    await finish(trainer)
    const reopened = await bench.open()
    expect(reopened.window.size).toBe((await bench.predictions()).length)
    expect(reopened.window.overall()).toEqual(trainer.window.overall())
  })
})
