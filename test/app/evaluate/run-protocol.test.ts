import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Protocol,
  runProtocol,
  type ProtocolPlan,
  passOf,
  splitRows,
  type SyncInterval,
} from '../../../src/app/evaluate/run-protocol.ts'
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
const planOf = (protocol: Protocol, more: Partial<ProtocolPlan> = {}): ProtocolPlan => {
  return { protocol, bounds, judge: 'test', syncs: [], utcOffsetMs: 0, ...more }
}
const run = (rows: readonly TrainingExample[], plan: ProtocolPlan) => runProtocol(rows, plan, settings, () => {})
const split = (rows: readonly TrainingExample[]) => run(rows, planOf('split'))
const prequential = (rows: readonly TrainingExample[]) => run(rows, planOf('prequential'))
const flipFrom = (from: number): TrainingExample[] =>
  examples.map((row, i) => (i < from ? row : withLabelsFlipped(row)))

test('the split leaves the validation days out of both sides', () => {
  const { train, judged } = splitRows(examples, bounds)
  expect(train).toEqual(examples.slice(0, 3 * BATCH))
  expect(judged).toEqual(examples.slice(4 * BATCH))
  expect(splitRows(examples, bounds, 'valid').judged).toEqual(examples.slice(3 * BATCH, 4 * BATCH))
})

describe('the split protocol', () => {
  test('judges the test rows, each task in a column, after training', () => {
    const { rows, views } = split(examples)
    expect(rows).toEqual(examples.slice(4 * BATCH))
    expect(views.live.map((column) => column.length)).toEqual([2 * BATCH, 2 * BATCH, 2 * BATCH])
    expect(views.frozen).toHaveLength(3)
    expect(split(flipFrom(0)).views.live).not.toEqual(views.live)
  })

  test('gives the same scores whatever the labels of validation and test are', () => {
    expect(split(flipFrom(3 * BATCH)).views).toEqual(split(examples).views)
  })

  test("freezes a user's state at the first row of the test", () => {
    const again = examples.findIndex(
      ({ userId }, row) => row > 4 * BATCH && examples.slice(4 * BATCH, row).some((other) => other.userId === userId),
    )
    const moved = examples.map((row, i) => (i === again ? { ...row, stateNumbers: Float32Array.of(50, -50) } : row))
    const before = split(examples)
    const after = split(moved)
    const at = again - 4 * BATCH
    expect(after.views.live[0][at]).not.toBe(before.views.live[0][at])
    expect(after.views.frozen).toEqual(before.views.frozen)
  })
})

describe('the prequential protocol', () => {
  test('judges the second half', () => {
    const { rows, views, pass } = prequential(examples)
    expect(rows).toEqual(examples.slice(3 * BATCH))
    expect(views.live.map((column) => column.length)).toEqual([3 * BATCH, 3 * BATCH, 3 * BATCH])
    expect(Object.keys(views)).toEqual(['live'])
    expect(pass!.scores[0]).toHaveLength(6 * BATCH)
  })

  test('judges the validation days alone, and ends with them, when the choice is made there', () => {
    const plan = planOf('prequential', { judge: 'valid' })
    const { rows, pass } = run(examples, plan)
    expect(rows).toEqual(examples.slice(3 * BATCH, 4 * BATCH))
    expect(pass!.rows).toEqual(examples.slice(0, 4 * BATCH))
    expect(passOf(examples, plan)).toBe(4 * BATCH)
  })

  test('scores every batch before it is trained on', () => {
    const before = prequential(examples).views.live[0]
    const after = prequential(flipFrom(4 * BATCH)).views.live[0]
    // Rows 4 B to 5 B are the first with other labels; what was learnt of them shows only behind them.
    expect(after.subarray(0, 2 * BATCH)).toEqual(before.subarray(0, 2 * BATCH))
    expect(after.subarray(2 * BATCH)).not.toEqual(before.subarray(2 * BATCH))
  })
})

const HALF_HOUR_MS = 1_800_000

describe('a serving copy beside a model that trains on', () => {
  const sync = (rows: readonly TrainingExample[], syncs: readonly SyncInterval[]) =>
    run(rows, planOf('sync', { syncs, utcOffsetMs: HALF_HOUR_MS })).views

  test('is judged on the rows after the training days, and passes as many as it says', () => {
    const plan = planOf('sync', { syncs: [BATCH, 'never'] })
    let passed = 0
    const { rows, views } = runProtocol(examples, plan, settings, (count) => (passed += count))
    expect(rows).toEqual(examples.slice(3 * BATCH))
    expect(Object.keys(views)).toEqual([`${BATCH}/live`, `${BATCH}/frozen`, 'never/live', 'never/frozen'])
    expect(passed).toBe(passOf(examples, plan))
  })

  test('serves what the model is when it is refreshed with every batch', () => {
    const [click] = sync(examples, [BATCH])[`${BATCH}/live`]
    const pass = prequential(examples).pass!.scores[0].subarray(3 * BATCH)
    // A value that a row is the first to bring has a row of the table in the model alone.
    const known = Array.from(click.keys()).filter((row) => {
      const before = examples.slice(0, 3 * BATCH + row - (row % BATCH))
      const { userId, itemId } = examples[3 * BATCH + row]
      return before.some((of) => of.userId === userId) && before.some((of) => of.itemId === itemId)
    })
    expect(known.length).toBeGreaterThan(5)
    for (const row of known) expect(click[row]).toBeCloseTo(pass[row], 6)
  })

  test('that is never refreshed gives the same scores whatever comes after the training days', () => {
    const never = (rows: readonly TrainingExample[]) => sync(rows, ['never'])['never/live']
    expect(never(flipFrom(3 * BATCH))).toEqual(never(examples))
  })

  test('is refreshed with the first row of a new hour, and not before', () => {
    // Rows are a minute apart; with these half hours the hour changes within the served rows.
    const hourly = sync(examples, ['hour'])['hour/live'][0]
    const never = sync(examples, ['never'])['never/live'][0]
    const hours = examples
      .slice(3 * BATCH)
      .map(({ impressionTime }) => Math.floor((impressionTime + HALF_HOUR_MS) / 3_600_000))
    const firstOfBatch = hours.filter((_, row) => row % BATCH === 0)
    const refreshed = firstOfBatch.findIndex((hour, batch) => batch > 0 && hour !== firstOfBatch[batch - 1])
    expect(refreshed).toBeGreaterThan(0)
    expect(hourly.subarray(0, refreshed * BATCH)).toEqual(never.subarray(0, refreshed * BATCH))
    expect(hourly.subarray(refreshed * BATCH)).not.toEqual(never.subarray(refreshed * BATCH))
  })
})
