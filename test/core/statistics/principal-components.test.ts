import * as fc from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { principalComponents, project } from '../../../src/core/statistics/principal-components.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'

/** Of rows with a mean of zero, over all of their columns. */
function varianceOf(rows: readonly number[][]): number {
  return rows.flat().reduce((sum, value) => sum + (value * value) / rows.length, 0)
}

describe('principal components', () => {
  test('are the directions in which rows were spread', () => {
    const random = createSeededRandom(5)
    const wide = [0.6, 0.8, 0]
    const narrow = [-0.8, 0.6, 0]
    const rows = Array.from({ length: 4000 }, () => {
      const [a, b] = [(random.next() - 0.5) * 6, (random.next() - 0.5) * 2]
      return wide.map((weight, d) => 10 + weight * a + narrow[d] * b)
    })
    const { axes, explained, mean } = principalComponents(rows, 2)
    expect([...mean]).toEqual([expect.closeTo(10, 0), expect.closeTo(10, 0), expect.closeTo(10, 9)])
    expect([...axes[0]]).toEqual(wide.map((weight) => expect.closeTo(weight, 1) as number))
    expect(Math.abs(axes[1][0])).toBeCloseTo(0.8, 1)
    // Variances 3 and 1/3 of uniform draws.
    expect(explained[0]).toBeCloseTo(0.9, 1)
    expect(explained[0] + explained[1]).toBeCloseTo(1, 6)
  })

  test('are orthogonal unit vectors, and project the mean on the origin', () => {
    const row = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(fc.array(row, { minLength: 3, maxLength: 30 }), (rows) => {
        const components = principalComponents(rows, 2)
        const { axes, explained, mean } = components
        const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, d) => sum + value * b[d], 0)
        const lengths = axes.map((axis) => dot(axis, axis))
        for (const length of lengths) expect(length === 0 ? 1 : length).toBeCloseTo(1, 6)
        for (const value of project(mean, components)) expect(Math.abs(value)).toBeLessThan(1e-9)
        expect(Math.abs(dot(axes[0], axes[1]))).toBeLessThan(1e-9)
        expect(explained[0]).toBeGreaterThanOrEqual(explained[1])
        const total = varianceOf(rows.map((values) => values.map((value, d) => value - mean[d])))
        const along = rows.map((values) => project(values, components))
        for (let c = 0; c < 2; c++) {
          expect(explained[c] * total).toBeCloseTo(varianceOf(along.map((values) => [values[c]])), 6)
        }
      }),
    )
  })

  test('are the largest though two variances are nearly equal', () => {
    const corners = [
      [50, 0, 0],
      [0, 49.7, 0],
      [0, 0, 49.8],
      [0, 0, 0],
    ]
    const { explained } = principalComponents(corners, 3)
    expect(explained[0]).toBeGreaterThan(explained[1])
    expect(explained[1]).toBeGreaterThan(explained[2])
    expect(explained[0] + explained[1] + explained[2]).toBeCloseTo(1, 12)
  })

  test('explain no more than all of the variance, whatever the rounding', () => {
    const random = createSeededRandom(3)
    for (let i = 0; i < 500; i++) {
      const rows = [0, 1].map(() => Array.from({ length: 5 }, () => random.normal() / 300))
      for (const share of principalComponents(rows, 2).explained) expect(share >= 0 && share <= 1).toBe(true)
    }
  })

  test('of rows without variance, or of none, are zero', () => {
    expect(
      principalComponents(
        [
          [1, 2],
          [1, 2],
        ],
        2,
      ),
    ).toMatchObject({ explained: [0, 0] })
    expect(principalComponents([], 2)).toMatchObject({ explained: [0, 0] })
  })
})
