import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { decayWeight, LANDMARK_SPAN, nextLandmark, rebaseFactor } from '../../../src/core/statistics/forward-decay.ts'

const DAY_MS = 86_400_000
const halfLife = fc.integer({ min: 1, max: 60 * DAY_MS })
const time = fc.integer({ min: 0, max: 4_000_000_000_000 })

describe('forward decay', () => {
  it('weighs 2^((t - L) / H)', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), halfLife, (halfLives, h) => {
        const landmark = 1_700_000_000_000
        expect(decayWeight(landmark + halfLives * h, landmark, h)).toBe(2 ** halfLives)
      }),
    )
    expect(decayWeight(1_500, 1_000, 1_000)).toBeCloseTo(Math.SQRT2, 15)
    expect(decayWeight(0, 1_000, 2_000)).toBeCloseTo(Math.SQRT1_2, 15)
  })

  it('changes by exactly a power of two when the landmark moves by whole half-lives', () => {
    fc.assert(
      fc.property(time, time, halfLife, fc.integer({ min: -300, max: 300 }), (t, landmark, h, moved) => {
        const elapsedHalfLives = Math.abs(t - landmark) / h
        fc.pre(elapsedHalfLives < 300)
        const next = landmark + moved * h
        const before = decayWeight(t, landmark, h)
        expect(decayWeight(t, next, h)).toBe(before * rebaseFactor(landmark, next, h))
      }),
    )
  })

  it('decays as the backward form does, in any order of events', () => {
    const event = fc.record({ t: fc.integer({ min: 0, max: 200 * DAY_MS }), y: fc.constantFrom(0, 0.25, 1) })
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), (events) => {
        const h = 3 * DAY_MS
        let landmark = 0
        let sum = 0
        for (const { t, y } of events) {
          const next = nextLandmark(landmark, t, h)
          sum *= rebaseFactor(landmark, next, h)
          landmark = next
          sum += y * decayWeight(t, landmark, h)
        }
        const now = 200 * DAY_MS
        const read = sum / decayWeight(now, landmark, h)
        const direct = events.reduce((total, { t, y }) => total + y * 2 ** ((t - now) / h), 0)
        expect(Math.abs(read - direct)).toBeLessThan(1e-12 * Math.max(direct, 1e-12))
      }),
    )
  })

  it('takes an observation back to the last bit, also after the landmark moved', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * DAY_MS }), fc.integer({ min: 33, max: 80 }), (t, halfLives) => {
        const h = DAY_MS
        const next = nextLandmark(0, halfLives * h + 7, h)
        expect(next).toBe(halfLives * h)
        expect(decayWeight(t, 0, h) * rebaseFactor(0, next, h) - decayWeight(t, next, h)).toBe(0)
      }),
    )
  })

  it('moves the landmark only once it is old, by whole half-lives, and never past now or back', () => {
    fc.assert(
      fc.property(time, time, halfLife, (landmark, now, h) => {
        const next = nextLandmark(landmark, now, h)
        expect(next).toBeGreaterThanOrEqual(landmark)
        const isOld = now - landmark >= LANDMARK_SPAN * h
        expect(isOld ? now - next >= 0 && now - next < h : next === landmark).toBe(true)
        expect((next - landmark) % h).toBe(0)
        expect(decayWeight(now, next, h)).toBeLessThan(2 ** LANDMARK_SPAN)
      }),
    )
  })

  it('goes to zero and infinity beyond the range of a double', () => {
    expect(decayWeight(0, 5000, 1)).toBe(0)
    expect(decayWeight(5000, 0, 1)).toBe(Infinity)
    expect(decayWeight(0, 1074, 1)).toBe(2 ** -1074)
    expect(rebaseFactor(0, 5000, 1)).toBe(0)
    expect(rebaseFactor(5, 5, 3)).toBe(1)
  })

  it('refuses to move the landmark by a part of a half-life', () => {
    expect(() => rebaseFactor(0, 1500, 1000)).toThrow(RangeError)
    expect(() => rebaseFactor(0, Number.NaN, 1000)).toThrow(RangeError)
  })
})
