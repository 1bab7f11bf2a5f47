import { expect, test } from 'vitest'
import { MemoryGuard } from '../../../src/app/observability/memory-guard.ts'

const MIB = 1024 * 1024

test('a process above its bound is not ready, and ready again only below the lower mark', () => {
  let usedMiB = 900
  const guard = new MemoryGuard({ maxMiB: 1000, resumeShare: 0.9 }, () => usedMiB * MIB)
  expect(guard.whyNotReady()).toBeNull()
  usedMiB = 950
  expect(guard.whyNotReady()).toBeNull()
  usedMiB = 1001
  expect(guard.whyNotReady()).toBe('Memory is at 1001 MiB, memory.maxMiB is 1000; ready again below 900 MiB')
  usedMiB = 950
  expect(guard.whyNotReady()).toContain('950 MiB')
  usedMiB = 899
  expect(guard.whyNotReady()).toBeNull()
  usedMiB = 950
  expect(guard.whyNotReady()).toBeNull()
})

test('without a bound a process is ready however large it is', () => {
  const guard = new MemoryGuard({ maxMiB: 0, resumeShare: 0.9 }, () => 1e15)
  expect(guard.whyNotReady()).toBeNull()
  expect(guard.maxBytes).toBe(0)
})
