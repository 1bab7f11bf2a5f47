import { beforeAll, describe, expect, test } from 'vitest'
import { runPrequential, runSplit, splitRows } from '../../../src/app/evaluate/run-protocol.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import type { TrainingExample } from '../../../src/core/contracts/training-example.ts'
import { plantedExamples, plantedSettings } from '../../core/ranker/planted-examples.ts'

const BATCH = 16
const settings = plantedSettings({ mode: 'stan', batchSize: BATCH })
const examples = plantedExamples(6 * BATCH)
const timeOf = (row: number): number => examples[row].impressionTime
/** Train on the first three batches, leave one out, test on the last two. */
const bounds = { trainEndMs: timeOf(3 * BATCH), validEndMs: timeOf(4 * BATCH) }

beforeAll(() => chooseBackend('wasm'))

const withLabelsFlipped = (row: TrainingExample): TrainingExample => {
  return { ...row, tasks: row.tasks.map((task) => ({ ...task, label: 1 - task.label, rawValue: 1 - task.rawValue })) }
}
const split = (rows: readonly TrainingExample[]) => runSplit(rows, bounds, settings, () => {})
const prequential = (rows: readonly TrainingExample[]) => runPrequential(rows, settings, () => {})
const flipFrom = (from: number): TrainingExample[] =>
  examples.map((row, i) => (i < from ? row : withLabelsFlipped(row)))

test('the split leaves the validation days out of both sides', () => {
  const { train, test: tested } = splitRows(examples, bounds)
  expect(train).toEqual(examples.slice(0, 3 * BATCH))
  expect(tested).toEqual(examples.slice(4 * BATCH))
})

describe('the split protocol', () => {
  test('judges the test rows, each task in a column, after training', () => {
    const { rows, scores, frozenScores } = split(examples)
    expect(rows).toEqual(examples.slice(4 * BATCH))
    expect(scores.map((column) => column.length)).toEqual([2 * BATCH, 2 * BATCH, 2 * BATCH])
    expect(frozenScores).toHaveLength(3)
    expect(split(flipFrom(0)).scores).not.toEqual(scores)
  })

  test('gives the same scores whatever the labels of validation and test are', () => {
    expect(split(flipFrom(3 * BATCH)).scores).toEqual(split(examples).scores)
  })

  test("freezes a user's state at the first row of the test", () => {
    const again = examples.findIndex(
      ({ userId }, row) => row > 4 * BATCH && examples.slice(4 * BATCH, row).some((other) => other.userId === userId),
    )
    const moved = examples.map((row, i) => (i === again ? { ...row, stateNumbers: Float32Array.of(50, -50) } : row))
    const before = split(examples)
    const after = split(moved)
    const at = again - 4 * BATCH
    expect(after.scores[0][at]).not.toBe(before.scores[0][at])
    expect(after.frozenScores).toEqual(before.frozenScores)
  })
})

describe('the prequential protocol', () => {
  test('judges the second half', () => {
    const { rows, scores, frozenScores } = prequential(examples)
    expect(rows).toEqual(examples.slice(3 * BATCH))
    expect(scores.map((column) => column.length)).toEqual([3 * BATCH, 3 * BATCH, 3 * BATCH])
    expect(frozenScores).toBeNull()
  })

  test('scores every batch before it is trained on', () => {
    const before = prequential(examples).scores[0]
    const after = prequential(flipFrom(4 * BATCH)).scores[0]
    // Rows 4 B to 5 B are the first with other labels; what was learnt of them shows only behind them.
    expect(after.subarray(0, 2 * BATCH)).toEqual(before.subarray(0, 2 * BATCH))
    expect(after.subarray(2 * BATCH)).not.toEqual(before.subarray(2 * BATCH))
  })
})
