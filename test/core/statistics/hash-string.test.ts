import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { hashString, hashString53 } from '../../../src/core/statistics/hash-string.ts'
import reference from '../../fixtures/statistics/hash-string.json' with { type: 'json' }

describe('hash string', () => {
  it('equals MurmurHash3 of the UTF-16LE bytes', () => {
    for (const [text, seed, value] of reference.regimes[0].rows) {
      expect(hashString(text as string, seed as number), `${text} seed ${seed}`).toBe(value)
    }
  })

  it('is the low word of the 53-bit hash, whose high word is another function', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
        const hash = hashString53(text, seed)
        expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true)
        expect(hash % 2 ** 32).toBe(hashString(text, seed))
      }),
    )
    const highs = Array.from({ length: 1000 }, (_, i) => Math.floor(hashString53(`u${i}`, 0) / 2 ** 32))
    const lows = Array.from({ length: 1000 }, (_, i) => hashString(`u${i}`, 0))
    const lowBits = highs.filter((high, i) => high === lows[i] % 2 ** 21)
    const highBits = highs.filter((high, i) => high === lows[i] >>> 11)
    expect([lowBits, highBits]).toEqual([[], []])
  })

  it('keeps 300,000 similar ids apart in 53 bits, and collides in 32 about as often as chance has it', () => {
    const count = 300_000
    const short = new Set<number>()
    const long = new Set<number>()
    for (let i = 0; i < count; i++) {
      short.add(hashString(`u${i}`, 0))
      long.add(hashString53(`u${i}`, 0))
    }
    const expected = (count * count) / 2 / 2 ** 32 // 10.5
    expect(count - short.size).toBeLessThan(expected + 5 * Math.sqrt(expected))
    expect(long.size).toBe(count)
  })

  it('flips half of the 53 bits when one bit of the text flips', () => {
    const flips = new Float64Array(53)
    const count = 4000
    for (let i = 0; i < count; i++) {
      const first = hashString53(`user-${i}-a`, 9)
      const second = hashString53(`user-${i}-c`, 9)
      for (let bit = 0; bit < 53; bit++) {
        const differs = Math.floor(first / 2 ** bit) % 2 !== Math.floor(second / 2 ** bit) % 2
        if (differs) flips[bit]++
      }
    }
    for (const flip of flips) expect(Math.abs(flip / count - 0.5)).toBeLessThan(0.04)
  })
})
