/**
 * The state store port: the tracker's users and timers of one partition, with the input position they reflect.
 * A batch is atomic: values and position move together. Implementations: level-store, memory-store.
 */

export interface StoreEntry {
  readonly key: Uint8Array
  /** Null deletes the key. */
  readonly value: Uint8Array | null
}

/** Where the state stands: what it has consumed, and up to where its changelog holds it. */
export interface StorePosition {
  /** Next input offset. */
  readonly nextOffset: number
  /** Next changelog offset. */
  readonly changelogOffset: number
}

export interface StoreBatch {
  readonly entries: readonly StoreEntry[]
  readonly position: StorePosition
}

export interface StateStore {
  /** Null before the first batch. */
  position(): Promise<StorePosition | null>
  get(key: Uint8Array): Promise<Uint8Array | null>
  /** Values in the order of the keys; null where there is none. */
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]>
  /** Entries with from <= key < to, in byte order, at most `limit`. */
  range(from: Uint8Array, to: Uint8Array, limit: number): Promise<readonly { key: Uint8Array; value: Uint8Array }[]>
  apply(batch: StoreBatch): Promise<void>
  /** Removes every entry and the position. */
  clear(): Promise<void>
  /** What was deleted leaves the disk, where there is one. Reads and writes wait meanwhile. */
  purge?(): Promise<void>
  /** Memory of the store besides this object, bytes. */
  memoryBytes?(): number
  close(): Promise<void>
}
