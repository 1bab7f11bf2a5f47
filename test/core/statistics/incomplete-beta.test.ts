import * as fc from '../../support/fast-check.ts'
import jStat from 'jstat'
import { describe, expect, it } from 'vitest'
import { incompleteBeta } from '../../../src/core/statistics/incomplete-beta.ts'
import reference from '../../fixtures/statistics/incomplete-beta.json' with { type: 'json' }

/** Absolute error allowed per regime of the fixture. */
const TOLERANCE: Record<string, number> = {
  tiny: 1e-13,
  typical: 1e-13,
  medium: 1e-13,
  mixed: 1e-12,
  large: 1e-12,
  'one-huge': 1e-12,
  'both-huge': 1e-8,
  'symmetric-huge': 1e-9,
  'skewed-huge': 3e-9,
}

const shape = fc.double({ min: -3, max: 6, noNaN: true }).map((exponent) => 10 ** exponent)
const unit = fc.double({ min: 0, max: 1, noNaN: true })

const rival: typeof incompleteBeta = (x, a, b) => jStat.ibeta(x, a, b)

describe('incomplete beta', () => {
  it.each(reference.regimes)('equals the reference in regime $regime', ({ regime, rows }) => {
    for (const [x, a, b, value] of rows) {
      const error = Math.abs(incompleteBeta(x, a, b) - value)
      expect(error, `x = ${x}, a = ${a}, b = ${b}`).toBeLessThan(TOLERANCE[regime])
    }
  })

  it('agrees with jStat for shapes in 1 .. 100', () => {
    const upTo100 = fc.double({ min: 1, max: 100, noNaN: true })
    fc.assert(
      fc.property(unit, upTo100, upTo100, (x, a, b) => {
        expect(Math.abs(incompleteBeta(x, a, b) - jStat.ibeta(x, a, b))).toBeLessThan(1e-8)
      }),
    )
  })

  it('is right where the 100 steps of jStat are not enough', () => {
    const { rows } = reference.regimes.find(({ regime }) => regime === 'symmetric-huge')!
    const worst = (size: number, ibeta: typeof incompleteBeta) =>
      Math.max(...rows.filter((row) => row[1] === size).map(([x, a, b, value]) => Math.abs(ibeta(x, a, b) - value)))
    expect(worst(1e5, rival)).toBeGreaterThan(1e-4)
    expect(worst(1e6, rival)).toBeGreaterThan(0.05)
    for (const size of [1e5, 1e6, 1e7]) expect(worst(size, incompleteBeta)).toBeLessThan(1e-9)
  })

  it('is a cdf: within [0, 1], rising in x, and mirrored when the shapes change places', () => {
    fc.assert(
      fc.property(unit, unit, shape, shape, (x1, x2, a, b) => {
        const [low, high] = x1 < x2 ? [x1, x2] : [x2, x1]
        const [lower, upper] = [incompleteBeta(low, a, b), incompleteBeta(high, a, b)]
        expect(lower).toBeGreaterThanOrEqual(-1e-13)
        expect(upper).toBeLessThanOrEqual(1 + 1e-13)
        expect(upper - lower).toBeGreaterThanOrEqual(-1e-8)
        // 1 - x is exact from 1/2 on.
        const x = Math.max(high, 0.5)
        expect(Math.abs(incompleteBeta(x, a, b) - (1 - incompleteBeta(1 - x, b, a)))).toBeLessThan(1e-8)
      }),
      { numRuns: 1000 },
    )
  })

  it('crosses the seam to the expansion for large shapes without a step', () => {
    for (const x of [0.4, 0.497, 0.4999999, 0.5, 0.503]) {
      expect(Math.abs(incompleteBeta(x, 1e4, 1e4) - incompleteBeta(x, 10_000.0001, 10_000.0001))).toBeLessThan(1e-8)
    }
  })

  it('is 0 below and 1 above the unit interval, and never NaN', () => {
    expect(incompleteBeta(0, 2, 3)).toBe(0)
    expect(incompleteBeta(-1, 2, 3)).toBe(0)
    expect(incompleteBeta(1, 2, 3)).toBe(1)
    expect(incompleteBeta(7, 2, 3)).toBe(1)
    expect(incompleteBeta(1e-300, 50, 60)).toBe(0)
    expect(incompleteBeta(Number.MIN_VALUE, 1e-3, 1e-3)).toBeGreaterThan(0.2)
    expect(incompleteBeta(0.3, 1e7, 1e7)).toBe(0)
    expect(incompleteBeta(0.7, 1e7, 1e7)).toBe(1)
  })

  it.each([
    [0.5, 0, 1],
    [0.5, 1, -1],
    [0.5, Number.NaN, 1],
    [0.5, 1, Infinity],
    [Number.NaN, 1, 1],
  ])('refuses x = %d, a = %d, b = %d', (x, a, b) => {
    expect(() => incompleteBeta(x, a, b)).toThrow(RangeError)
  })
})
