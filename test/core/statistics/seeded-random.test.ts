import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { createSeededRandom, SeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import reference from '../../fixtures/statistics/seeded-random.json' with { type: 'json' }

type State = [number, number, number, number]

describe('seeded random', () => {
  it('equals xoshiro128** on the reference states', () => {
    for (const [state, words] of reference.regimes[0].rows) {
      const random = new SeededRandom(state as State)
      for (const word of words) expect(random.nextWord()).toBe(word)
    }
  })

  it('continues the stream from an exported state', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(20), (seed, drawn) => {
        const random = createSeededRandom(seed)
        for (let i = 0; i < drawn; i++) random.normal()
        const resumed = new SeededRandom(random.exportState())
        expect([resumed.next(), resumed.normal(), resumed.nextInt(7)]).toEqual([
          random.next(),
          random.normal(),
          random.nextInt(7),
        ])
      }),
    )
  })

  it('gives neighbouring seeds states without a common word, and unrelated streams', () => {
    const words = Array.from({ length: 2000 }, (_, seed) => createSeededRandom(seed).exportState()).flat()
    expect(new Set(words).size).toBeGreaterThan(words.length - 3)
    const draws = Array.from({ length: 20_000 }, (_, seed) => createSeededRandom(seed).next())
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
    const lagged = draws.slice(1).reduce((sum, draw, i) => sum + (draw - 0.5) * (draws[i] - 0.5), 0) / draws.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / draws.length))
    expect(Math.abs(lagged * 12)).toBeLessThan(5 / Math.sqrt(draws.length))
  })

  it('draws integers without bias, also where the bound does not divide 2^32', () => {
    const random = createSeededRandom(4)
    const bound = 3 * 2 ** 30 // A plain remainder would draw the lowest third twice as often.
    let lowest = 0
    for (let i = 0; i < 20_000; i++) if (random.nextInt(bound) < 2 ** 30) lowest++
    expect(Math.abs(lowest / 20_000 - 1 / 3)).toBeLessThan(5 * Math.sqrt(2 / 9 / 20_000))
    const counts = new Float64Array(6)
    for (let i = 0; i < 60_000; i++) counts[random.nextInt(6)]++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(60_000 * (5 / 36)))
  })

  it('draws normals with mean 0, variance 1 and normal tails', () => {
    const random = createSeededRandom(11)
    const count = 200_000
    let sum = 0
    let squares = 0
    let fourth = 0
    for (let i = 0; i < count; i++) {
      const normal = random.normal()
      sum += normal
      squares += normal * normal
      fourth += normal ** 4
    }
    expect(Math.abs(sum / count)).toBeLessThan(5 / Math.sqrt(count))
    expect(Math.abs(squares / count - 1)).toBeLessThan(5 * Math.sqrt(2 / count))
    expect(Math.abs(fourth / count - 3)).toBeLessThan(5 * Math.sqrt(96 / count))
  })

  it('refuses the state where it would stay, and bounds that are not integers in 1 .. 2^32', () => {
    expect(() => new SeededRandom([0, 0, 0, 0])).toThrow(RangeError)
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
      expect(() => createSeededRandom(1).nextInt(bound)).toThrow(RangeError)
    }
    expect(createSeededRandom(1).nextInt(1)).toBe(0)
  })
})
