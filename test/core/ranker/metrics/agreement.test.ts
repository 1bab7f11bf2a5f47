import { expect, test } from 'vitest'
import { adjustedMutualInformation } from '../../../../src/core/ranker/metrics/adjusted-mutual-information.ts'
import { linearProbe, standardise } from '../../../../src/core/ranker/metrics/linear-probe.ts'
import { silhouette } from '../../../../src/core/ranker/metrics/silhouette.ts'
import { createSeededRandom } from '../../../../src/core/statistics/seeded-random.ts'

test('adjusted mutual information is its definition with the mean over all permutations', () => {
  const first = [0, 0, 1, 1, 2, 2]
  const second = [0, 0, 1, 2, 2, 2]
  const informationOf = (a: readonly number[], b: readonly number[]): number => {
    let sum = 0
    for (const r of [0, 1, 2]) {
      for (const c of [0, 1, 2]) {
        const both = a.filter((label, i) => label === r && b[i] === c).length / 6
        const margins = (a.filter((label) => label === r).length * b.filter((label) => label === c).length) / 36
        if (both > 0) sum += both * Math.log(both / margins)
      }
    }
    return sum
  }
  const orders = permutations(second)
  const expected = orders.reduce((sum, order) => sum + informationOf(first, order), 0) / orders.length
  const mean = (informationOf(first, first) + informationOf(second, second)) / 2
  const wanted = (informationOf(first, second) - expected) / (mean - expected)
  const table = [
    [2, 0, 0],
    [0, 1, 1],
    [0, 0, 2],
  ]
  expect(adjustedMutualInformation(table)).toBeCloseTo(wanted, 10)
})

function permutations(values: readonly number[]): number[][] {
  if (values.length <= 1) return [[...values]]
  return values.flatMap((value, i) =>
    permutations([...values.slice(0, i), ...values.slice(i + 1)]).map((rest) => [value, ...rest]),
  )
}

test('equal partitions agree fully, unrelated ones not at all, and one part means nothing', () => {
  const diagonal = [
    [30, 0],
    [0, 70],
  ]
  const even = [
    [250, 250],
    [250, 250],
  ]
  expect(adjustedMutualInformation(diagonal)).toBeCloseTo(1, 12)
  expect(Math.abs(adjustedMutualInformation(even))).toBeLessThan(0.01)
  expect(adjustedMutualInformation([[5, 0]])).toBeNaN()
  expect(adjustedMutualInformation([[0, 0]])).toBeNaN()
})

test('silhouette of four points on a line is that of its definition', () => {
  // Points 0 and 1 against 10 and 12: a = 1, 1, 2, 2; b = 11, 10, 9.5, 11.5.
  const wanted = (10 / 11 + 9 / 10 + 7.5 / 9.5 + 9.5 / 11.5) / 4
  expect(silhouette([[0], [1], [10], [12]], [0, 0, 1, 1])).toBeCloseTo(wanted, 12)
  expect(silhouette([[0], [1]], [0, 0])).toBeNaN()
  expect(silhouette([[0], [1], [5]], [0, 0, 1])).toBeCloseTo((0.8 + 0.75) / 3, 12)
})

test('a linear probe reads off what lies apart, and guesses at noise', () => {
  const random = createSeededRandom(5)
  const labels = Array.from({ length: 400 }, () => random.nextInt(3))
  const apart = labels.map((label) => [3 * label + 0.3 * random.normal(), label === 1 ? 4 : 0])
  const noise = labels.map(() => [random.normal(), random.normal()])
  expect(linearProbe(standardise(apart), labels, 3).balancedAccuracy).toBeGreaterThan(0.97)
  expect(linearProbe(standardise(noise), labels, 3).balancedAccuracy).toBeLessThan(0.45)
  expect(linearProbe([[1], [2]], [1, 1], 3).accuracy).toBeNaN()
})

test('standardised columns have mean 0 and variance 1, a constant one is 0', () => {
  const points = standardise([
    [1, 7],
    [3, 7],
  ])
  expect(points.map((point) => [...point])).toEqual([
    [-1, 0],
    [1, 0],
  ])
})
