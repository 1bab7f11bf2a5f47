import { expect, test } from 'vitest'
import { fuseScores } from '../../../src/core/ranker/fuse-scores.ts'

test('a fused score is the weighted geometric mean', () => {
  expect(fuseScores([0.2, 0.8], [1, 1])).toBeCloseTo(Math.sqrt(0.16), 12)
  expect(fuseScores([0.2, 0.8], [3, 1])).toBeCloseTo(0.2 ** 0.75 * 0.8 ** 0.25, 12)
  expect(fuseScores([0.2, 0.8], [30, 10])).toBeCloseTo(fuseScores([0.2, 0.8], [3, 1]), 12)
})

test('a task of weight 0 takes no part, and a score of 0 does not decide alone', () => {
  expect(fuseScores([0, 0.8], [0, 1])).toBeCloseTo(0.8, 12)
  expect(fuseScores([0, 0.9], [1, 1])).toBeGreaterThan(fuseScores([0, 0.1], [1, 1]))
  expect(fuseScores([0.5], [0])).toBeNaN()
})
