import { beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import { collectExamples } from '../../../src/app/evaluate/collect-examples.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import type { DatasetBatch, DatasetRow } from '../../../src/io/datasets/dataset-batch.ts'
import { interaction, MINUTE_MS, START_MS } from '../../support/tracker-settings.ts'

beforeAll(() => chooseBackend('wasm'))

/** Impressions with their outcomes, one a minute, of seven users in turn, in batches of ten. */
async function* source(count: number): AsyncGenerator<DatasetBatch> {
  const rows = Array.from({ length: count }, (_, i): DatasetRow => {
    const outcomes = { stay: 100 * i, ...(i % 3 === 0 && { click: 1 }) }
    const row = interaction('impression', `u${i % 7}`, START_MS + i * MINUTE_MS, { outcomes })
    return { kind: 'interaction', interaction: row }
  })
  for (let from = 0; from < count; from += 10) {
    yield { rows: rows.slice(from, from + 10), bytesRead: from, totalBytes: count }
  }
}

test('examples come in the order of the stream, also where the configuration has partitions', async () => {
  const config = await loadConfig({
    environment: {},
    flags: [
      ['partitions', '3'],
      ['ranker.batchSize', '16'],
      ['ranker.bundleEvery', '32'],
      ['tracker.sliceSize', '10'],
    ],
  })
  const told: number[] = []
  const { examples } = await collectExamples(source(100), config, (_, { rows }) => told.push(rows))
  expect(examples.map(({ impressionTime }) => (impressionTime - START_MS) / MINUTE_MS)).toEqual(
    Array.from({ length: 100 }, (_, i) => i),
  )
  expect(examples.every(({ kind }) => kind === 'final')).toBe(true)
  expect(told).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
  // The state at an impression is that of the bundle in force then: the first ones have none.
  expect(examples[0].bundleVersion).toBe(0)
  expect(examples.at(-1)!.bundleVersion).toBeGreaterThan(1)
})
