import { describe, expect, test } from 'vitest'
import {
  normalInterval,
  pairedDifference,
  ratioValues,
  studentInterval,
  unpairedDifference,
  withoutCovariate,
} from '../../../src/core/statistics/mean-difference.ts'
import { createSeededRandom } from '../../../src/core/statistics/seeded-random.ts'
import { studentQuantile } from '../../../src/core/statistics/student-quantile.ts'

test('quantiles of Student’s t are those of the tables', () => {
  expect(studentQuantile(0.975, 1)).toBeCloseTo(12.7062, 3)
  expect(studentQuantile(0.975, 4)).toBeCloseTo(2.7764, 4)
  expect(studentQuantile(0.975, 30)).toBeCloseTo(2.0423, 4)
  expect(studentQuantile(0.025, 4)).toBeCloseTo(-2.7764, 4)
  expect(() => studentQuantile(1, 4)).toThrow('Cannot take the t quantile of 1')
})

describe('differences of means', () => {
  test('paired and unpaired have the errors of the textbook', () => {
    const paired = pairedDifference([3, 5, 7], [1, 2, 3])
    expect(paired).toEqual({ value: 3, standardError: Math.sqrt(1 / 3) })
    const unpaired = unpairedDifference([3, 5, 7], [1, 2, 3])
    expect(unpaired).toEqual({ value: 3, standardError: Math.sqrt(4 / 3 + 1 / 3) })
    expect(() => pairedDifference([1], [1, 2])).toThrow('Cannot pair 1 values with 2')
    const { low, high } = normalInterval({ value: 1, standardError: 1 })
    expect([low, high]).toEqual([expect.closeTo(1 - 1.959964, 5), expect.closeTo(1 + 1.959964, 5)])
  })

  test('over few values the interval is Student’s, and has no bounds for one', () => {
    const { value, low, high } = studentInterval([1, 2, 3])
    expect(value).toBe(2)
    expect(high - 2).toBeCloseTo(4.30265 / Math.sqrt(3), 4)
    expect(2 - low).toBeCloseTo(high - 2, 12)
    expect(studentInterval([5])).toEqual({ value: 5, low: Number.NaN, high: Number.NaN })
  })

  test('the mean of a ratio’s values is the ratio of the sums, and a wide user counts as much as it shows', () => {
    const values = ratioValues(Float64Array.of(1, 0, 9), Float64Array.of(2, 3, 15))
    expect(values.reduce((sum, value) => sum + value, 0) / 3).toBeCloseTo(0.5, 12)
    expect([...ratioValues(new Float64Array(2), new Float64Array(2))]).toEqual([0, 0])
  })

  test('without a covariate the mean stays and the variance falls by what it explains', () => {
    const random = createSeededRandom(2)
    const x = Float64Array.from({ length: 2000 }, () => random.normal())
    const y = x.map((value) => 3 + 2 * value + random.normal())
    const adjusted = withoutCovariate(y, x)
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = (values: Float64Array) => mean(values.map((value) => (value - mean(values)) ** 2))
    expect(mean(adjusted)).toBeCloseTo(mean(y), 10)
    expect(variance(adjusted) / variance(y)).toBeCloseTo(0.2, 1)
    expect(withoutCovariate(y, new Float64Array(2000))).toEqual(y)
  })
})
