import { expect, test } from 'vitest'
import { LagClock } from '../../../src/app/observability/lag-clock.ts'

test('the lag in seconds is the time since the topic ended where the reader stands', () => {
  const clock = new LagClock()
  expect(clock.lagSeconds(0, 10, 10, 0)).toBe(0)
  // A record came between 0 s and 30 s, and the reader has not read it.
  expect(clock.lagSeconds(0, 10, 11, 30_000)).toBe(30)
  expect(clock.lagSeconds(0, 10, 20, 60_000)).toBe(60)
  // It has read up to where the topic ended at 30 s.
  expect(clock.lagSeconds(0, 11, 30, 90_000)).toBe(60)
  expect(clock.lagSeconds(0, 20, 30, 120_000)).toBe(60)
  expect(clock.lagSeconds(0, 30, 30, 150_000)).toBe(0)
  expect(clock.lagSeconds(0, 30, 31, 160_000)).toBe(10)
  // Partitions do not mix.
  expect(clock.lagSeconds(1, 0, 5, 160_000)).toBe(0)
})

test('a reader that stands still for long is as old as it is, in bounded memory', () => {
  const clock = new LagClock()
  clock.lagSeconds(0, 0, 0, 0)
  let lag = 0
  for (let second = 1; second <= 10_000; second++) lag = clock.lagSeconds(0, 0, second, second * 1000)
  expect(lag).toBe(10_000)
})
