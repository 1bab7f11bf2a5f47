import { describe, expect, test } from 'vitest'
import { NumberScale } from '../../../src/core/ranker/number-scale.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'

describe('number scale', () => {
  test('brings numbers of any size to mean 0 and spread 1', () => {
    const random = createSeededRandom(1)
    const scale = new NumberScale(2)
    scale.observe(
      Float32Array.from({ length: 20_000 }, (_, i) =>
        i % 2 === 0 ? 500 + 20 * random.normal() : random.next() / 1000,
      ),
    )
    const scaled = Array.from({ length: 4000 }, () => scale.standardise(500 + 20 * random.normal(), 0))
    const mean = scaled.reduce((sum, x) => sum + x, 0) / scaled.length
    expect(Math.abs(mean)).toBeLessThan(0.2)
    expect(Math.sqrt(scaled.reduce((sum, x) => sum + x * x, 0) / scaled.length)).toBeGreaterThan(0.5)
    expect(Math.abs(scale.standardise(0.0005, 1))).toBeLessThan(0.1)
  })

  test('cuts what lies far out and takes NaN for the mean', () => {
    const scale = new NumberScale(1)
    expect([1e9, -1e9, Number.POSITIVE_INFINITY, Number.NaN].map((x) => scale.standardise(x, 0))).toEqual([5, -5, 5, 0])
    scale.observe(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY))
    expect(scale.standardise(0, 0)).toBe(0)
  })

  test('goes on from its saved state', () => {
    const [first, second] = [new NumberScale(2), new NumberScale(2)]
    first.observe(Float32Array.of(1, 2, 3, 4))
    second.load(first.save())
    for (const scale of [first, second]) scale.observe(Float32Array.of(9, 8))
    expect(second.save()).toEqual(first.save())
  })
})
