import type { StateStore, StoreEntry } from '../../../io/store/state-store.ts'
import { afterPrefix } from '../../tracker/state-keys.ts'
import { DamagedStore } from '../../tracker/watch-store.ts'

/** Puts a store that is damaged, and closed, aside, and opens an empty one. */
export type ReplaceStore = (damage: DamagedStore) => Promise<StateStore>

const ORIGIN_KEY = Buffer.from('o')
/** The store asks for a position; a view keeps one for each partition of each topic among its entries. */
const NO_POSITION = { nextOffset: 0, changelogOffset: 0 }

const decoder = new TextDecoder()

/**
 * What a view keeps of a log. It belongs to that log, in one format; one that turns out to be damaged makes room for an
 * empty one, and the view is built anew.
 */
export class ViewStore {
  private store: StateStore
  private readonly origin: string
  private readonly replaceStore: ReplaceStore | null
  /** What a read found damaged; the next `mended` sees to it. */
  private damage: DamagedStore | null = null

  /** `origin` names log and format. Without `replaceStore` a damaged store ends the view. */
  constructor(store: StateStore, origin: string, replaceStore: ReplaceStore | null) {
    this.store = store
    this.origin = origin
    this.replaceStore = replaceStore
  }

  /** Before anything is read: empties a store of another log, or of another format. */
  async claim(): Promise<void> {
    const stored = await this.text(ORIGIN_KEY)
    if (stored === this.origin) return
    await this.store.clear()
    await this.apply([{ key: ORIGIN_KEY, value: Buffer.from(this.origin) }])
  }

  /** Does the work; where the store is damaged, an empty one takes its place, and `rebuild` begins anew. */
  async mended(work: () => Promise<boolean>, rebuild: () => Promise<void>): Promise<boolean> {
    try {
      if (this.damage) throw this.damage
      return await work()
    } catch (error) {
      if (!(error instanceof DamagedStore) || !this.replaceStore) throw error
      await this.store.close()
      this.store = await this.replaceStore(error)
      this.damage = null
      await rebuild()
      return true
    }
  }

  get(key: Uint8Array): Promise<Uint8Array | null> {
    return this.read(this.store.get(key))
  }

  async text(key: Uint8Array): Promise<string | null> {
    const value = await this.get(key)
    return value && decoder.decode(value)
  }

  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]> {
    return this.read(this.store.getMany(keys))
  }

  /** Entries with from <= key < to, in byte order, at most `limit`. */
  range(from: Uint8Array, to: Uint8Array, limit: number): ReturnType<StateStore['range']> {
    return this.read(this.store.range(from, to, limit))
  }

  withPrefix(prefix: Uint8Array, limit = Number.MAX_SAFE_INTEGER): ReturnType<StateStore['range']> {
    return this.range(prefix, afterPrefix(prefix), limit)
  }

  /** All or nothing; after a failure the store alone knows which. */
  apply(entries: readonly StoreEntry[]): Promise<void> {
    return this.store.apply({ entries, position: NO_POSITION })
  }

  /** What was deleted leaves the disk. */
  async purge(): Promise<void> {
    await this.store.purge?.()
  }

  close(): Promise<void> {
    return this.store.close()
  }

  private async read<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if (error instanceof DamagedStore) this.damage = error
      throw error
    }
  }
}
