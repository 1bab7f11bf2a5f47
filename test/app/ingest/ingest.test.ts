import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ingest } from '../../../src/app/ingest/ingest.ts'
import { TRACKER_GROUP } from '../../../src/app/pipeline.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import type { DatasetBatch, DatasetRow } from '../../../src/io/datasets/dataset-batch.ts'
import { type Dump, firstDifference } from '../../support/first-difference.ts'
import { FAILURE_SIDES, FailingWrites, WriteFailed } from '../../support/failing-writes.ts'
import { KeptWorld } from '../../support/kept-world.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'

const CONFIG = smallConfig({ sliceSize: 200, batchSize: 64, bundleEvery: 256 })
const EVENTS = 800
const BATCH = 170

const worlds: KeptWorld[] = []

async function keptWorld(): Promise<KeptWorld> {
  const kept = await KeptWorld.create(CONFIG)
  worlds.push(kept)
  return kept
}

function rowOf(interaction: Interaction): DatasetRow {
  return { kind: 'interaction', interaction }
}

function badRow(line: number, text = `bad line ${line}`, file = 'in.jsonl'): DatasetRow {
  const bytes = Buffer.from(text)
  const letter = {
    cause: 'unreadable-record' as const,
    field: '',
    reason: 'the line is not JSON',
    origin: `${file}:${line}`,
    bytes,
    byteLength: bytes.length,
  }
  return { kind: 'dead-letter', letter }
}

/** Simulated events with bad lines and repeats of earlier lines among them. */
function mixedRows(): DatasetRow[] {
  const rows = simulatedInteractions(EVENTS).map(rowOf)
  for (let i = 0; i < 12; i++) rows.splice(80 * i + 40, 0, badRow(80 * i + 40))
  for (let i = 0; i < 12; i++) rows.splice(80 * i + 77, 0, rows[40 * i])
  return rows
}

async function* batchesOf(rows: readonly DatasetRow[], size = BATCH): AsyncGenerator<DatasetBatch> {
  for (let from = 0; from < rows.length; from += size) {
    yield { rows: rows.slice(from, from + size), bytesRead: from, totalBytes: rows.length }
  }
}

async function run(kept: KeptWorld, source: AsyncIterable<DatasetBatch>, failures?: FailingWrites) {
  const world = kept.world(failures)
  const pipeline = await kept.openPipeline(world)
  const counts = await ingest(source, world, pipeline, CONFIG.partitions, () => {})
  return { counts, counters: pipeline.counters() }
}

beforeAll(async () => {
  await chooseBackend('wasm')
})

afterEach(() => {
  for (const kept of worlds.splice(0)) kept.dispose()
})

describe('ingest', () => {
  test('turns every wide row into an example or a dead letter', async () => {
    const impressions = simulatedInteractions(EVENTS).filter(({ type }) => type === 'impression')
    const rows = impressions.map((impression, i) => rowOf({ ...impression, outcomes: i % 3 === 0 ? { click: 1 } : {} }))
    for (let i = 0; i < 7; i++) rows.splice(30 * i, 0, badRow(30 * i))
    const kept = await keptWorld()
    const { counts, counters } = await run(kept, batchesOf(rows))
    expect(counts).toEqual({ rows: rows.length, known: 0 })
    expect(counters).toMatchObject({ examples: rows.length - 7, corrections: 0, events: rows.length - 7 })
    expect(await kept.log.endOffset(TOPICS.trainingExamples, 0)).toBe(rows.length - 7)
    expect(await kept.log.endOffset(TOPICS.deadLetters, 0)).toBe(7)
    expect(await kept.log.endOffset(TOPICS.predictions, 0)).toBe(rows.length - 7)
  })

  test('leaves nothing behind that was not tracked or trained', async () => {
    const kept = await keptWorld()
    await run(kept, batchesOf(mixedRows()))
    const end = await kept.log.endOffset(TOPICS.interactions, 0)
    expect(end).toBe(EVENTS)
    expect(await kept.log.committed(TRACKER_GROUP, TOPICS.interactions, 0)).toBe(end)
    const predictions = await kept.log.endOffset(TOPICS.predictions, 0)
    const { counters } = await run(kept, batchesOf([]))
    expect(predictions).toBe(counters.examples)
  })

  test('adds nothing in a second run and reports all rows as known', async () => {
    const kept = await keptWorld()
    const rows = mixedRows()
    const first = await run(kept, batchesOf(rows))
    expect(first.counts).toEqual({ rows: EVENTS + 24, known: 12 })
    const before = await kept.dump()
    const second = await run(kept, batchesOf(rows, 90))
    expect(second.counts).toEqual({ rows: EVENTS + 24, known: EVENTS + 24 })
    expect(second.counters).toEqual(first.counters)
    expect(firstDifference(await kept.dump(), before)).toBeNull()
  })

  test('keeps apart a bad line and another one in its place', async () => {
    const kept = await keptWorld()
    await run(kept, batchesOf([badRow(5, 'first', 'stdin')]))
    const second = await run(kept, batchesOf([badRow(5, 'first', 'stdin'), badRow(5, 'second', 'stdin')]))
    expect(second.counts).toEqual({ rows: 2, known: 1 })
    const { records } = await kept.log.read(TOPICS.deadLetters, 0, 0, 10)
    expect(records.map(({ value }) => Buffer.from(value!).toString())).toEqual(['first', 'second'])
  })

  describe('when its index of known rows is lost', () => {
    const rows = mixedRows()

    test('knows the rows from the log', async () => {
      const kept = await keptWorld()
      await run(kept, batchesOf(rows))
      const before = await kept.dump()
      kept.loseStore('ingested')
      const { counts } = await run(kept, batchesOf(rows))
      expect(counts.known).toBe(rows.length)
      expect(firstDifference(await kept.dump(), before)).toBeNull()
    })

    test('knows the rows of a part of the log from an old copy of the index, and the rest from the log', async () => {
      const kept = await keptWorld()
      const failures = FailingWrites.crashAt(8, 'before')
      await expect(run(kept, batchesOf(rows), failures)).rejects.toThrow(WriteFailed)
      const copy = await kept.store('ingested').range(new Uint8Array(0), new Uint8Array(20).fill(255), 10_000)
      expect(copy.length).toBeGreaterThan(BATCH - 20)
      await run(kept, batchesOf(rows))
      const before = await kept.dump()
      kept.loseStore('ingested')
      await kept.store('ingested').apply({ entries: copy, position: { nextOffset: 0, changelogOffset: 0 } })
      const { counts } = await run(kept, batchesOf(rows))
      expect(counts.known).toBe(rows.length)
      expect(firstDifference(await kept.dump(), before)).toBeNull()
    })
  })

  describe('that was interrupted', () => {
    const rows = mixedRows()
    let expected: Dump
    let asked: readonly string[]

    beforeAll(async () => {
      const kept = await KeptWorld.create(CONFIG)
      const failures = FailingWrites.never()
      await run(kept, batchesOf(rows), failures)
      expected = await kept.dump()
      asked = failures.asked
      kept.dispose()
    })

    test('has written to the log and to every store', () => {
      expect(new Set(asked)).toEqual(
        new Set(['append', 'apply ingested', 'commit tracker', 'apply state 0', 'commit ranker']),
      )
    })

    test.each(FAILURE_SIDES)(
      'by a crash in any write, %s it took effect, ends the same when it goes on',
      async (side) => {
        for (let write = 1; write <= asked.length; write++) {
          const kept = await keptWorld()
          await expect(run(kept, batchesOf(rows), FailingWrites.crashAt(write, side))).rejects.toThrow(WriteFailed)
          const { counts } = await run(kept, batchesOf(rows))
          expect(counts.rows).toBe(rows.length)
          expect(firstDifference(await kept.dump(), expected)).toBeNull()
          kept.dispose()
        }
      },
    )

    test('by a failure of its source ends the same when it goes on', async () => {
      async function* failing(): AsyncGenerator<DatasetBatch> {
        let left = 4
        for await (const batch of batchesOf(rows)) {
          if (left-- === 0) throw new Error('the disk is gone')
          yield batch
        }
      }
      const kept = await keptWorld()
      await expect(run(kept, failing())).rejects.toThrow('the disk is gone')
      await run(kept, batchesOf(rows))
      expect(firstDifference(await kept.dump(), expected)).toBeNull()
    })
  })

  test('tells its progress with the counts so far', async () => {
    const kept = await keptWorld()
    const world = kept.world()
    const pipeline = await kept.openPipeline(world)
    const told: [number, number, number][] = []
    const rows = mixedRows().slice(0, 400)
    await ingest(batchesOf(rows), world, pipeline, 1, ({ bytesRead }, counts) => {
      told.push([bytesRead, counts.rows, counts.known])
    })
    expect(told.map(([bytesRead, count]) => [bytesRead, count])).toEqual([
      [0, BATCH],
      [BATCH, 2 * BATCH],
      [2 * BATCH, 400],
    ])
    expect(told.at(-1)![2]).toBe(5)
  })
})
