import { describe, expect, test } from 'vitest'
import { taskWeights } from '../../../src/core/ranker/task-weights.ts'
import { plantedSettings } from './planted-examples.ts'

const INVERSE = plantedSettings({ taskWeights: 'inverse-entropy' })

describe('task weights', () => {
  test('are ln 2 over the entropy of the base rate', () => {
    const weights = taskWeights(INVERSE, [0.5, 0.25, 0.017])
    expect(weights[0]).toBeCloseTo(1, 12)
    expect(weights[1]).toBeCloseTo(0.693147181 / 0.562335145, 8)
    // H(0.017) = 0.0861269 nats
    expect(weights[2]).toBeCloseTo(8.048, 3)
  })

  test('are bounded for a task that never or always succeeds', () => {
    expect(taskWeights(INVERSE, [0, 1, 1e-5])).toEqual([20, 20, 20])
  })

  test('are 1 where all tasks count the same', () => {
    expect(taskWeights(plantedSettings(), [0.5, 0.01, 0])).toEqual([1, 1, 1])
  })

  test('go by the base rate among the negatives that are trained on', () => {
    const settings = plantedSettings({ taskWeights: 'inverse-entropy', negativeShares: { order: 0.25 } })
    // 0.2 against 0.8 / 4: an even task.
    expect(taskWeights(settings, [0.5, 0.5, 0.2])[2]).toBeCloseTo(1, 12)
  })
})
