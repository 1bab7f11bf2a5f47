import * as fc from '../../support/fast-check.ts'
import { describe, expect, it } from 'vitest'
import { buildQuantileTable, quantileOf, valueAt } from '../../../src/core/statistics/quantile-table.ts'
import reference from '../../fixtures/statistics/quantile-table.json' with { type: 'json' }

/** Without the negative zero, which sorts before zero and equals it. */
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0)

describe('quantile table', () => {
  it('equals the reference', () => {
    for (const [values, points, table] of reference.regimes[0].rows) {
      const built = buildQuantileTable(values as number[], points as number)
      expect(built).toHaveLength(points as number)
      built.forEach((value, i) => expect(value).toBeCloseTo((table as number[])[i], 9))
    }
  })

  it('is ascending, spans the values and does not depend on their order', () => {
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 2, max: 40 }),
        (values, points) => {
          const table = buildQuantileTable(values, points)
          for (let i = 1; i < points; i++) expect(table[i]).toBeGreaterThanOrEqual(table[i - 1])
          expect([table[0], table[points - 1]]).toEqual([Math.min(...values), Math.max(...values)])
          expect(buildQuantileTable(values.toReversed(), points)).toEqual(table)
        },
      ),
    )
  })

  it('inverts: F(value at p) = p where no entries tie', () => {
    const ascending = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 30 })
    fc.assert(
      fc.property(ascending, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const table = Float64Array.from(values).sort()
        expect(quantileOf(table, valueAt(table, p))).toBeCloseTo(p, 9)
      }),
    )
  })

  it('is monotone with ties, and gives a tied value the middle of its run', () => {
    const tied = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 30 })
    const probe = fc.double({ min: -1, max: 7, noNaN: true })
    fc.assert(
      fc.property(tied, probe, probe, (values, first, second) => {
        const table = Float64Array.from(values).sort()
        const [low, high] = first < second ? [first, second] : [second, first]
        expect(quantileOf(table, low)).toBeLessThanOrEqual(quantileOf(table, high))
        expect(quantileOf(table, Math.floor(low))).toBeLessThanOrEqual(quantileOf(table, low))
      }),
    )
    const table = Float64Array.of(1, 2, 2, 2, 3)
    expect([0, 1, 1.5, 2, 2.5, 3, 4].map((value) => quantileOf(table, value))).toEqual([0, 0, 0.125, 0.5, 0.875, 1, 1])
    expect(quantileOf(Float64Array.of(0, 0, 0, 8), 0)).toBeCloseTo(1 / 3, 12)
  })

  it('has an answer for empty tables, single values, NaN and p outside [0, 1]', () => {
    expect(buildQuantileTable([], 5)).toHaveLength(0)
    expect(quantileOf(new Float64Array(0), 1)).toBeNaN()
    expect(valueAt(new Float64Array(0), 0.5)).toBeNaN()
    expect(quantileOf(Float64Array.of(1, 2), Number.NaN)).toBeNaN()
    expect([1, 2, 3].map((value) => quantileOf(Float64Array.of(2), value))).toEqual([0, 0.5, 1])
    expect(quantileOf(buildQuantileTable([7, 7], 3), 7)).toBe(0.5)
    expect([valueAt(Float64Array.of(4, 6), -1), valueAt(Float64Array.of(4, 6), 2)]).toEqual([4, 6])
    expect(valueAt(Float64Array.of(4), 0.3)).toBe(4)
  })

  it('refuses values that are not finite and fewer than two points', () => {
    expect(() => buildQuantileTable([1, Number.NaN], 3)).toThrow('value 1 is NaN')
    expect(() => buildQuantileTable([Infinity], 3)).toThrow(RangeError)
    expect(() => buildQuantileTable([1], 1)).toThrow(RangeError)
    expect(() => buildQuantileTable([1], 2.5)).toThrow(RangeError)
  })
})
