import { describe, expect, test } from 'vitest'
import { predictionLoss, pseudoLabelLoss } from '../../../src/core/ranker/losses.ts'

const p = (z: number): number => 1 / (1 + Math.exp(-z))

describe('prediction loss', () => {
  test('is the mean over the batch of the weighted cross-entropy, with its minus', () => {
    const { perTask, scores } = predictionLoss(
      Float32Array.of(0, 1, -2, 3),
      Float32Array.of(1, 0, 0, 1),
      Float32Array.of(1, 0.5, 2, 0),
      2,
    )
    expect(perTask[0]).toBeCloseTo((-Math.log(p(0)) - 2 * Math.log(1 - p(-2))) / 2, 12)
    expect(perTask[1]).toBeCloseTo((-0.5 * Math.log(1 - p(1))) / 2, 12)
    expect(scores[3]).toBeCloseTo(p(3), 6)
  })

  test('stays finite where the sigmoid saturates', () => {
    const { perTask, gradient } = predictionLoss(
      Float32Array.of(800, -800),
      Float32Array.of(0, 1),
      Float32Array.of(1, 1),
      1,
    )
    expect(perTask[0]).toBe(800)
    expect([...gradient]).toEqual([0.5, -0.5])
  })

  test('has no gradient where the weight is 0', () => {
    const { gradient } = predictionLoss(Float32Array.of(2, 2), Float32Array.of(0, 0), Float32Array.of(0, 1), 2)
    expect(gradient[0]).toBe(0)
    expect(gradient[1]).toBeGreaterThan(0)
  })
})

describe('pseudo-label loss', () => {
  test('is the mean over the batch of the squared distance', () => {
    const { perTask, gradient } = pseudoLabelLoss(
      Float32Array.of(0, 0),
      Float32Array.of(0.2, 0.9),
      Float32Array.of(1, 0),
      1,
    )
    expect(perTask[0]).toBeCloseTo(0.3 ** 2 / 2, 6)
    expect(gradient[0]).toBeCloseTo((2 * 0.3 * 0.25) / 2, 6)
    expect(gradient[1]).toBeCloseTo(0, 12)
  })
})
