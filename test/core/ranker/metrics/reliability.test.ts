import { expect, test } from 'vitest'
import { reliability } from '../../../../src/core/ranker/metrics/reliability.ts'

test('bins hold the same number of rows, in the order of their scores', () => {
  const scores = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) / 100)
  const labels = scores.map((score) => (score >= 0.5 ? 1 : 0))
  const bins = reliability(scores, labels, 10)
  expect(bins.map(({ count }) => count)).toEqual(Array<number>(10).fill(10))
  expect(bins.map(({ rate }) => rate)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
  expect(bins[3]).toMatchObject({ lower: 0.3, upper: 0.39, score: expect.closeTo(0.345, 9) as number })
})

test('there are no more bins than rows', () => {
  expect(reliability([0.5, 0.1], [1, 0], 10).map(({ score }) => score)).toEqual([0.1, 0.5])
  expect(reliability([], [], 10)).toEqual([])
})
