import { expect, test, vi } from 'vitest'
import { DamagedStore, watchStore } from '../../../src/app/tracker/watch-store.ts'
import { LifecycleError, type LifecycleErrorCode } from '../../../src/core/contracts/lifecycle-error.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'

const BATCH = { entries: [], position: { nextOffset: 1, changelogOffset: 1 } }

/** A store whose every call fails as LevelDB's do. */
function failing(code: LifecycleErrorCode): MemoryStore {
  const store = new MemoryStore()
  const fail = () => Promise.reject(new LifecycleError(code, 'Cannot do it: bytes'))
  store.get = fail
  store.range = fail
  store.apply = fail
  return store
}

test.each(['corrupt', 'unreadable-file'] as const)('a read that fails as %s finds the store damaged', async (code) => {
  const store = watchStore(failing(code), () => {})
  await expect(store.get(new Uint8Array(1))).rejects.toBeInstanceOf(DamagedStore)
  const message = 'Cannot do it: bytes'
  await expect(store.range(new Uint8Array(0), new Uint8Array(1), 1)).rejects.toMatchObject({ code: 'corrupt', message })
})

test('a write that lacks room damages nothing, and neither does a store that is closed', async () => {
  const full = watchStore(failing('unreadable-file'), () => {})
  await expect(full.apply(BATCH)).rejects.not.toBeInstanceOf(DamagedStore)
  await expect(watchStore(failing('corrupt'), () => {}).apply(BATCH)).rejects.toBeInstanceOf(DamagedStore)
  const closed = vi.fn<() => void>()
  const store = watchStore(new MemoryStore(), closed)
  await store.apply(BATCH)
  expect(await store.position()).toEqual(BATCH.position)
  await store.close()
  expect(closed).toHaveBeenCalledOnce()
  await expect(store.position()).rejects.toMatchObject({ code: 'closed' })
})
