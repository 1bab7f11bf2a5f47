import { describe, expect, it } from 'vitest'
import { betaVariate } from '../../../src/core/statistics/beta-variate.ts'
import { gammaVariate, logGammaVariate } from '../../../src/core/statistics/gamma-variate.ts'
import { digamma } from '../../../src/core/statistics/digamma.ts'
import { incompleteBeta } from '../../../src/core/statistics/incomplete-beta.ts'
import { KeyedRandom } from '../../../src/core/statistics/keyed-random.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'

function moments(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return { mean, variance }
}

/** Largest distance of the empirical from the given cdf; above 1.95 / sqrt(n) once in a thousand. */
function kolmogorovDistance(values: Float64Array, cdf: (value: number) => number): number {
  const sorted = values.toSorted()
  let distance = 0
  sorted.forEach((value, i) => {
    if (value === 1) return
    const expected = cdf(value)
    distance = Math.max(distance, expected - i / sorted.length, (i + 1) / sorted.length - expected)
  })
  return distance
}

describe('gamma variate', () => {
  it.each([0.05, 0.3, 1, 2.5, 60, 1e5])('has mean and variance equal to its shape %d', (shape) => {
    const random = createSeededRandom(17)
    const count = 100_000
    const { mean, variance } = moments(new Float64Array(count).map(() => gammaVariate(shape, random)))
    expect(Math.abs(mean - shape)).toBeLessThan(5 * Math.sqrt(shape / count))
    // Fourth central moment of a gamma: 3 shape^2 + 6 shape.
    expect(Math.abs(variance - shape)).toBeLessThan(5 * Math.sqrt((2 * shape * shape + 6 * shape) / count))
  })

  it.each([1e-3, 0.05, 0.7, 3, 1e4])(
    'has mean logarithm psi(shape) for shape %d, also where it underflows',
    (shape) => {
      const random = createSeededRandom(23)
      const count = 100_000
      const { mean, variance } = moments(new Float64Array(count).map(() => logGammaVariate(shape, random)))
      expect(Math.abs(mean - digamma(shape))).toBeLessThan(5 * Math.sqrt(variance / count))
    },
  )

  it.each([0, -1, Number.NaN, Infinity])('refuses shape %d', (shape) => {
    expect(() => gammaVariate(shape, createSeededRandom(1))).toThrow(RangeError)
    expect(() => logGammaVariate(shape, createSeededRandom(1))).toThrow(RangeError)
  })
})

describe('beta variate', () => {
  const shapes: [number, number][] = [
    [0.02, 0.05],
    [0.1, 0.1],
    [0.5, 23],
    [1, 1],
    [2.5, 3.2],
    [40, 3],
    [0.3, 5000],
    [2e4, 1e4],
  ]
  it.each(shapes)('follows the cdf of Beta(%d, %d)', (alpha, beta) => {
    const random = createSeededRandom(31)
    const count = 20_000
    const values = new Float64Array(count).map(() => betaVariate(alpha, beta, random))
    const theory = alpha / (alpha + beta)
    const variance = (theory * (1 - theory)) / (alpha + beta + 1)
    expect(Math.abs(moments(values).mean - theory)).toBeLessThan(5 * Math.sqrt(variance / count))
    // Values that round to 1 are an atom that the continuous cdf does not have: its step at 1 is left out.
    expect(kolmogorovDistance(values, (x) => incompleteBeta(x, alpha, beta))).toBeLessThan(1.95 / Math.sqrt(count))
  })

  it('splits all but nothing between 0 and 1 in the ratio of the shapes when both are tiny', () => {
    const random = createSeededRandom(5)
    const count = 20_000
    const values = new Float64Array(count).map(() => betaVariate(1e-4, 3e-4, random))
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true)
    expect(Math.abs(moments(values).mean - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / count))
  })

  it('draws the same for the same key', () => {
    const random = new KeyedRandom()
    random.reset(1, 2, 3, 4)
    const first = betaVariate(2, 5, random)
    random.reset(1, 2, 3, 4)
    expect(betaVariate(2, 5, random)).toBe(first)
    random.reset(1, 2, 3, 5)
    expect(betaVariate(2, 5, random)).not.toBe(first)
  })

  it('refuses shapes that are not positive', () => {
    for (const [alpha, beta] of [
      [0, 1],
      [1, 0],
      [Number.NaN, 2],
      [2, -1],
    ]) {
      expect(() => betaVariate(alpha, beta, createSeededRandom(1))).toThrow(RangeError)
    }
  })
})
