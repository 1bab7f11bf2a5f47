import { LifecycleError, type LifecycleErrorCode } from '../../core/contracts/lifecycle-error.ts'
import type { StateStore } from '../../io/store/state-store.ts'

/** The bytes of a store are damaged, as opposed to those of its log, whose errors have the same code. */
export class DamagedStore extends LifecycleError {
  constructor(cause: LifecycleError) {
    super('corrupt', cause.message, { cause })
  }
}

/** A file that cannot be read is as good as lost; one that cannot be written may only lack room. */
const DAMAGED_READ: ReadonlySet<LifecycleErrorCode> = new Set(['corrupt', 'unreadable-file'])
const DAMAGED_WRITE: ReadonlySet<LifecycleErrorCode> = new Set(['corrupt'])

/**
 * The same store, whose errors tell what is damaged: LevelDB finds out that a block of a table is, or that the end of
 * one is missing, only when it comes to read it. `onClose` is called once it is closed.
 */
export function watchStore(store: StateStore, onClose: () => void): StateStore {
  const read = <T>(work: Promise<T>): Promise<T> => told(work, DAMAGED_READ)
  return {
    position: () => read(store.position()),
    get: (key) => read(store.get(key)),
    getMany: (keys) => read(store.getMany(keys)),
    range: (from, to, limit) => read(store.range(from, to, limit)),
    apply: (batch) => told(store.apply(batch), DAMAGED_WRITE),
    clear: () => told(store.clear(), DAMAGED_WRITE),
    purge: async () => told(Promise.resolve(store.purge?.()), DAMAGED_WRITE),
    memoryBytes: () => store.memoryBytes?.() ?? 0,
    close: async () => {
      await store.close()
      onClose()
    },
  }
}

async function told<T>(work: Promise<T>, damaged: ReadonlySet<LifecycleErrorCode>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof LifecycleError && damaged.has(error.code) ? new DamagedStore(error) : error
  }
}
