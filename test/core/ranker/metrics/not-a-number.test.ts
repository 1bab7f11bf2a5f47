import { expect, test } from 'vitest'
import { auc } from '../../../../src/core/ranker/metrics/auc.ts'
import { ndcgAt } from '../../../../src/core/ranker/metrics/ndcg.ts'

test('ranking metrics come to an end when a score is not a number', () => {
  const scores = [0.1, Number.NaN, 0.3, Number.NaN]
  expect(auc(scores, [0, 1, 1, 0])).toBeGreaterThanOrEqual(0)
  expect(ndcgAt(3, scores, [0, 1, 1, 0], ['a', 'a', 'a', 'a'])).toBeGreaterThanOrEqual(0)
})
