import { expect, test } from 'vitest'
import { ProcessObserver } from '../../../src/app/alerts/process-observer.ts'
import type { UserView } from '../../../src/app/serving/view/user-view.ts'
import { topicSpecs } from '../../../src/app/topics.ts'
import { MemoryLog } from '../../../src/io/log/memory-log.ts'

test('a process observer tells of the states that were compared since its look before', async () => {
  const log = new MemoryLog()
  await log.ensureTopics(topicSpecs(2))
  const totals = new Map<number, { checked: number; differing: number }>()
  const observed = {
    log,
    trackers: () => new Map(),
    restoring: () => new Map(),
    trainer: () => null,
    skew: () => totals,
  }
  const observer = new ProcessObserver(observed, { completeAtMs: null } as UserView, 2)
  const skewAt = async (timeMs: number) => (await observer.look(timeMs)).filter(({ kind }) => kind === 'skew')

  expect(await skewAt(1)).toEqual([])
  totals.set(0, { checked: 10, differing: 0 })
  totals.set(1, { checked: 5, differing: 1 })
  expect(await skewAt(2)).toEqual([{ kind: 'skew', timeMs: 2, checked: 15, differing: 1 }])
  expect(await skewAt(3)).toEqual([])
  totals.set(1, { checked: 9, differing: 1 })
  expect(await skewAt(4)).toEqual([{ kind: 'skew', timeMs: 4, checked: 4, differing: 0 }])
})
