import { beforeAll, describe, expect, test } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { DenseWeights } from '../../../src/core/ranker/dense-weights.ts'

const ADAM = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-6 }
const SPECS = [{ name: 'a', shape: [2, 2], init: 'glorot' as const }]

beforeAll(async () => {
  await chooseBackend('wasm')
})

describe('dense weights', () => {
  test('serve an average that follows the trained ones, first fast and then by its decay', () => {
    const weights = new DenseWeights(SPECS, 1, 0.5)
    let expected = weights.values[0]
    for (let step = 1; step <= 20; step++) {
      weights.gradient.fill(1)
      weights.update(ADAM, step)
      const decay = Math.min(0.5, (1 + step) / (10 + step))
      expected = decay * expected + (1 - decay) * weights.values[0]
      expect(weights.serving[0]).toBeCloseTo(expected, 5)
    }
    expect(weights.serving[0]).toBeGreaterThan(weights.values[0])
    expect(weights.servingTensors()['a'].dataSync()[0]).toBe(weights.serving[0])
    expect(weights.tensors()['a'].dataSync()[0]).toBe(weights.values[0])
    weights.release()
  })

  test('serve as they are trained without a decay', () => {
    const weights = new DenseWeights(SPECS, 1)
    expect(weights.averages).toBe(false)
    expect(weights.serving).toBe(weights.values)
  })
})
