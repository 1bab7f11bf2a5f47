import { expect, test } from 'vitest'
import { backoffMs } from '../../../../src/io/schemas/registry/backoff.ts'

const BACKOFF = { rounds: 9, firstMs: 100, longestMs: 1000 }

test('waits double up to the longest', () => {
  const longest = [0, 1, 2, 3, 4, 50].map((round) => backoffMs(BACKOFF, round, 1))
  expect(longest).toEqual([100, 200, 400, 800, 1000, 1000])
})

test('the second half of a wait is drawn', () => {
  expect([0, 0.5, 1].map((draw) => backoffMs(BACKOFF, 2, draw))).toEqual([200, 300, 400])
})
