import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { KeyedRandom } from '../../../src/core/statistics/keyed-random.ts'
import reference from '../../fixtures/statistics/keyed-random.json' with { type: 'json' }

const WORD = 2 ** 32

/** Draws one number from each of `count` streams whose key differs from the last one's in one place only. */
function firstDraws(count: number, key: (i: number) => [number, number, number, number]): number[] {
  const random = new KeyedRandom()
  return Array.from({ length: count }, (_, i) => {
    random.reset(...key(i))
    return random.next()
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function correlation(first: readonly number[], second: readonly number[]): number {
  const [m1, m2] = [mean(first), mean(second)]
  const covariance = mean(first.map((value, i) => (value - m1) * (second[i] - m2)))
  return covariance / Math.sqrt(mean(first.map((v) => (v - m1) ** 2)) * mean(second.map((v) => (v - m2) ** 2)))
}

/** Chi-square of `values` over 64 cells; mean 63, standard deviation 11. */
function chiSquare(values: readonly number[]): number {
  const cells = new Float64Array(64)
  for (const value of values) cells[Math.floor(value * 64)]++
  return cells.reduce((sum, cell) => sum + (cell - values.length / 64) ** 2 / (values.length / 64), 0)
}

const NEIGHBOURS: [string, (i: number) => [number, number, number, number]][] = [
  ['seed', (i) => [i, 77, 1, 5]],
  ['user hash', (i) => [3, i, 1, 5]],
  ['high bits of the user hash', (i) => [3, i * WORD, 1, 5]],
  ['task', (i) => [3, 77, i, 5]],
  ['offset', (i) => [3, 77, 1, i]],
  ['high bits of the offset', (i) => [3, 77, 1, i * WORD]],
]

describe('keyed random', () => {
  it('equals Threefry-4x32-20 on the reference keys', () => {
    const random = new KeyedRandom()
    for (const [a, b, c, d, words] of reference.regimes[0].rows) {
      random.reset(a as number, b as number, c as number, d as number)
      for (const word of words as number[]) expect(random.next()).toBe((word + 0.5) / WORD)
    }
  })

  it('gives the same stream for the same key, whatever was drawn before', () => {
    const word = fc.integer({ min: 0, max: 2 ** 31 })
    const wide = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(word, wide, word, wide, fc.nat(9), (a, b, c, d, drawn) => {
        const used = new KeyedRandom()
        used.reset(b % 1000, a, d % 1000, c)
        for (let i = 0; i < drawn; i++) used.next()
        used.reset(a, b, c, d)
        const fresh = new KeyedRandom()
        fresh.reset(a, b, c, d)
        for (let i = 0; i < 9; i++) expect(used.next()).toBe(fresh.next())
      }),
    )
  })

  it.each(NEIGHBOURS)('is uniform and uncorrelated over neighbouring keys that differ in the %s', (_, key) => {
    const draws = firstDraws(20_000, key)
    expect(chiSquare(draws)).toBeGreaterThan(63 - 5 * 11)
    expect(chiSquare(draws)).toBeLessThan(63 + 5 * 11)
    expect(Math.abs(correlation(draws.slice(1), draws.slice(0, -1)))).toBeLessThan(5 / Math.sqrt(20_000))
    expect(new Set(draws).size).toBeGreaterThan(20_000 - 5)
  })

  it('is uniform and serially uncorrelated within a stream, in its high and in its low bits', () => {
    const random = new KeyedRandom()
    random.reset(1, 2, 3, 4)
    const draws = Array.from({ length: 40_000 }, () => random.next())
    const lowBits = draws.map((draw) => (draw * 2 ** 16) % 1)
    for (const values of [draws, lowBits]) {
      expect(Math.abs(chiSquare(values) - 63)).toBeLessThan(5 * 11)
      for (const lag of [1, 2, 3, 4, 8]) {
        expect(Math.abs(correlation(values.slice(lag), values.slice(0, -lag)))).toBeLessThan(5 / Math.sqrt(40_000))
      }
    }
  })

  it('stays inside the open interval at the ends of the word range', () => {
    expect((0 + 0.5) / WORD).toBeGreaterThan(0)
    expect((WORD - 1 + 0.5) / WORD).toBeLessThan(1)
    const random = new KeyedRandom()
    random.reset(5, 6, 7, 8)
    for (let i = 0; i < 10_000; i++) {
      const draw = random.next()
      expect(draw > 0 && draw < 1).toBe(true)
    }
  })
})
