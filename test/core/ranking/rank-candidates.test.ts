import { describe, expect, test } from 'vitest'
import type { ItemId, UserId } from '../../../src/core/contracts/ids.ts'
import { populationRates, posteriorWeights } from '../../../src/core/ranking/posterior-weights.ts'
import { type RankingRequest, rankCandidates } from '../../../src/core/ranking/rank-candidates.ts'

const population = (task: string, priorAlpha: number, priorBeta: number) => {
  return { task, priorAlpha, priorBeta, median: 0.1, gammaMean: 0.1, labelMean: 0.1, quantiles: new Float64Array(0) }
}
const populations = [population('click', 2, 8), population('order', 1, 99)]

function request(userId: string, items: readonly string[], weights: readonly number[]): RankingRequest {
  return {
    userId: userId as UserId,
    candidates: items.map((itemId) => ({ itemId: itemId as ItemId, itemFeatures: { author: itemId } })),
    context: { tab: 'a' },
    userFeatures: {},
    timeMs: 5,
    features: {
      known: true,
      stageProbabilities: [0.1, 0.2, 0.6, 0.1],
      stateTokens: Int32Array.of(1),
      stateNumbers: Float32Array.of(2),
    },
    weights,
  }
}

describe('rankCandidates', () => {
  test('orders each request by its own weights, all in one prediction, equal scores as they were sent', () => {
    const scores: Record<string, number[]> = { a: [0.2, 0.9], b: [0.8, 0.1], c: [0.2, 0.9] }
    let calls = 0
    const [byClick, byOrder] = rankCandidates(
      [request('ann', ['a', 'b', 'c'], [1, 0]), request('bob', ['b', 'c', 'a'], [0, 1])],
      (examples) => {
        calls++
        expect(examples.map(({ userId }) => userId)).toEqual(['ann', 'ann', 'ann', 'bob', 'bob', 'bob'])
        expect(examples[0]).toMatchObject({ stage: 'stick', impressionTime: 5, itemFeatures: { author: 'a' } })
        return Float32Array.from(examples.flatMap(({ itemId }) => scores[itemId]))
      },
    )
    expect(calls).toBe(1)
    expect(byClick.map(({ itemId, index }) => [itemId, index])).toEqual([
      ['b', 1],
      ['a', 0],
      ['c', 2],
    ])
    expect(byOrder.map(({ itemId }) => itemId)).toEqual(['c', 'a', 'b'])
    expect(byOrder[0].score).toBeCloseTo(0.9, 6)
  })
})

describe('posterior weights', () => {
  test('are those of the configuration for somebody of whom nothing is known', () => {
    expect(posteriorWeights([1, 2], populationRates(populations), populations, 0.5)).toEqual([1, 2])
  })

  test('lean to the task that this user does more than others, and no further than four times', () => {
    const orders = [
      { alpha: 2, beta: 8 },
      { alpha: 4, beta: 96 },
    ]
    const [click, order] = posteriorWeights([1, 1], orders, populations, 0.5)
    expect(click).toBeCloseTo(1, 12)
    expect(order).toBeCloseTo(2, 12)
    const many = [orders[0], { alpha: 90, beta: 10 }]
    expect(posteriorWeights([1, 1], many, populations, 1)).toEqual([1, 4])
    expect(posteriorWeights([1, 1], many, populations, 0)).toEqual([1, 1])
  })

  test('keep a task of weight 0 out', () => {
    expect(posteriorWeights([0, 1], [{ alpha: 9, beta: 1 }, populationRates(populations)[1]], populations, 1)[0]).toBe(
      0,
    )
  })
})
