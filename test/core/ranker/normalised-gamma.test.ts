import { describe, expect, test } from 'vitest'
import type { GammaSources } from '../../../src/core/ranker/gamma.ts'
import { normalisedGamma } from '../../../src/core/ranker/normalised-gamma.ts'

function sources(posteriorDraws: readonly number[], posteriorDrawMeans: readonly number[]): GammaSources {
  const unused = new Float32Array(posteriorDraws.length)
  return {
    posteriorDraws: Float32Array.from(posteriorDraws),
    posteriorDrawMeans,
    gammaBound: 4,
    algorithmDraws: unused,
    preferences: unused,
  }
}

describe('normalised gamma', () => {
  test('is 1 for every task, however rare, of a user like the population', () => {
    expect([...normalisedGamma(sources([0.5, 0.5, 0.0625], [0.5, 0.5, 0.0625]))]).toEqual([1, 1, 1])
  })

  test('keeps the sum over the tasks of each example', () => {
    const gammas = normalisedGamma(sources([0.6, 0.2, 0.02, 0.1, 0.9, 0.01], [0.4, 0.5, 0.02]))
    expect(gammas[0] + gammas[1] + gammas[2]).toBeCloseTo(3, 6)
    expect(gammas[3] + gammas[4] + gammas[5]).toBeCloseTo(3, 6)
    expect(gammas[0] / gammas[1]).toBeCloseTo(1.5 / 0.4, 5)
  })

  test('cuts a draw at a quarter and at four of its mean', () => {
    const [low, high] = normalisedGamma(sources([0, 1], [0.5, 0.01]))
    expect(high / low).toBeCloseTo(16, 5)
  })

  test('stays finite where a task never succeeds', () => {
    for (const gamma of normalisedGamma(sources([0, 0, 0.5, 0], [0.5, 0]))) expect(Number.isFinite(gamma)).toBe(true)
  })
})
