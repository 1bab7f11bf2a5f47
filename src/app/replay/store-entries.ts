import type { StateStore } from '../../io/store/state-store.ts'

const CHUNK = 4096

export interface StoredEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Entries with from <= key < to in byte order, a chunk at a time in memory. */
export async function* storeEntries(store: StateStore, from: Uint8Array, to: Uint8Array): AsyncGenerator<StoredEntry> {
  for (let next = from; ;) {
    const entries = await store.range(next, to, CHUNK)
    yield* entries
    if (entries.length < CHUNK) return
    next = Buffer.concat([entries[entries.length - 1].key, Buffer.of(0)])
  }
}

export interface EntryPair {
  readonly key: Uint8Array
  /** Null where the first side lacks the key. */
  readonly first: Uint8Array | null
  readonly second: Uint8Array | null
}

/** Two ordered lists of entries side by side, in the order of their keys. */
export async function* sideBySide(
  first: AsyncIterator<StoredEntry>,
  second: AsyncIterator<StoredEntry>,
): AsyncGenerator<EntryPair> {
  let [a, b] = [await first.next(), await second.next()]
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : Buffer.compare(a.value.key, b.value.key)
    const key: Uint8Array = order <= 0 ? a.value.key : b.value.key
    yield { key, first: order <= 0 ? a.value.value : null, second: order >= 0 ? b.value.value : null }
    if (order <= 0) a = await first.next()
    if (order >= 0) b = await second.next()
  }
}
