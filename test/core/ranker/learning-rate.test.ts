import { describe, expect, test } from 'vitest'
import { learningRateAt } from '../../../src/core/ranker/learning-rate.ts'
import { plantedSettings } from './planted-examples.ts'

describe('learning rate', () => {
  test('is constant unless told otherwise', () => {
    expect([1, 10, 1e6].map((step) => learningRateAt(step, plantedSettings()))).toEqual([0.02, 0.02, 0.02])
  })

  test('rises over the warm-up, falls with the square root and stays at the floor', () => {
    const settings = plantedSettings({ warmupBatches: 100, learningRateFloor: 0.1 })
    const rates = [1, 50, 100, 400, 10_000, 1e7].map((step) => learningRateAt(step, settings))
    const expected = [0.0002, 0.01, 0.02, 0.01, 0.002, 0.002]
    rates.forEach((rate, i) => expect(rate).toBeCloseTo(expected[i], 12))
  })
})
