import { expect, test } from 'vitest'
import { equalNeighbours } from '../../../src/core/ranker/equal-neighbours.ts'

test('keeps the first row of each run, and knows the run of every row', () => {
  const a = [1, 2, 3]
  const b = [1, 2, 4]
  const { first, of } = equalNeighbours(Int32Array.from([...a, ...a, ...b, ...a, ...a]), 3)
  expect([...first]).toEqual([...a, ...b, ...a])
  expect([...of]).toEqual([0, 0, 1, 2, 2])
})

test('does not take rows for equal that share all columns but one', () => {
  for (const column of [0, 1, 2]) {
    const other = [7, 7, 7].map((value, c) => (c === column ? 8 : value))
    expect([...equalNeighbours(Int32Array.from([7, 7, 7, ...other]), 3).of]).toEqual([0, 1])
  }
})

test('has no runs without rows', () => {
  const { first, of } = equalNeighbours(new Int32Array(0), 3)
  expect([first.length, of.length]).toEqual([0, 0])
})
