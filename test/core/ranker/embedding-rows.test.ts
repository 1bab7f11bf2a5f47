import { describe, expect, test } from 'vitest'
import { EmbeddingRows } from '../../../src/core/ranker/embedding-rows.ts'

const STEP = { learningRate: 0.1, beta2: 0.9, epsilon: 0 }

describe('embedding rows', () => {
  test('sum the gradients of one row within a batch before the step', () => {
    const [twice, once] = [new EmbeddingRows(2, 4), new EmbeddingRows(2, 4)]
    twice.addGradient(1, Float32Array.of(9, 1, 2), 1)
    twice.addGradient(3, Float32Array.of(5, 5), 0)
    twice.addGradient(1, Float32Array.of(2, -4), 0)
    once.addGradient(1, Float32Array.of(3, -2), 0)
    once.addGradient(3, Float32Array.of(5, 5), 0)
    twice.update(STEP, 1)
    once.update(STEP, 1)
    expect(twice.values).toEqual(once.values)
    expect([...twice.values.subarray(0, 2)]).toEqual([0, 0])
  })

  test('move by rate g / sqrt(mean square of g) at first', () => {
    const rows = new EmbeddingRows(2, 2)
    rows.addGradient(0, Float32Array.of(3, -4), 0)
    rows.update(STEP, 1)
    const size = Math.sqrt((9 + 16) / 2)
    expect(rows.values[0]).toBeCloseTo((-0.1 * 3) / size, 6)
    expect(rows.values[1]).toBeCloseTo((0.1 * 4) / size, 6)
  })

  test('let the second moment decay over the batches that did not touch the row', () => {
    const rows = new EmbeddingRows(1, 1)
    rows.addGradient(0, Float32Array.of(2), 0)
    rows.update(STEP, 1)
    rows.addGradient(0, Float32Array.of(1), 0)
    rows.update(STEP, 5)
    expect(rows.secondMoments[0]).toBeCloseTo(0.1 * 4 * 0.9 ** 4 + 0.1, 6)
    expect(rows.lastSteps[0]).toBe(5)
  })

  test('keep their values when they grow, and start afresh after a reset', () => {
    const rows = new EmbeddingRows(2, 1)
    rows.addGradient(0, Float32Array.of(1, 1), 0)
    rows.update(STEP, 1)
    const before = [...rows.values]
    rows.grow(4)
    expect([...rows.values]).toEqual([...before, 0, 0, 0, 0, 0, 0])
    rows.reset(0).fill(7)
    expect([...rows.gather(Int32Array.of(3, 0))]).toEqual([0, 0, 7, 7])
    expect(rows.secondMoments[0]).toBe(0)
  })

  test('take in more rows in one batch than they made room for', () => {
    const rows = new EmbeddingRows(1, 500)
    for (let row = 0; row < 500; row++) rows.addGradient(row, Float32Array.of(row + 1), 0)
    rows.update(STEP, 1)
    for (const value of rows.values) expect(value).toBeCloseTo(-0.1, 6)
  })
})
