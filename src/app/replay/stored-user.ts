import type { UserId } from '../../core/contracts/ids.ts'
import {
  decodeNewestSnapshot,
  decodeUserSnapshot,
  type NewestSnapshot,
  type UserSnapshot,
} from '../../core/user-state/user-snapshot-codec.ts'
import type { Log, ReadRecord } from '../../io/log/log.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import { snapshotPlaceOfKey, snapshotPrefix, userKey } from '../tracker/state-keys.ts'

const CHUNK = 2000

/** What a partition's changelog says of one user, followed as it grows. In memory are their snapshots alone. */
export class StoredUser {
  /** Next offset of the changelog. */
  position = 0
  #presence: 'unseen' | 'present' | 'erased' = 'unseen'
  #newest: NewestSnapshot | null = null
  readonly #snapshots = new Map<number, { readonly snapshot: UserSnapshot; readonly bytes: number }>()
  readonly #userKey: Uint8Array
  readonly #prefix: Uint8Array

  constructor(userId: UserId) {
    this.#userKey = userKey(userId)
    this.#prefix = snapshotPrefix(userId)
  }

  get presence(): 'unseen' | 'present' | 'erased' {
    return this.#presence
  }

  /** Those that are kept, the oldest first. */
  get snapshots(): UserSnapshot[] {
    return [...this.#snapshots.values()].map(({ snapshot }) => snapshot).sort((a, b) => a.ordinal - b.ordinal)
  }

  /** -1 before the first. */
  get newestOrdinal(): number {
    return this.#newest?.ordinal ?? -1
  }

  get bytes(): number {
    let bytes = 0
    for (const held of this.#snapshots.values()) bytes += held.bytes
    return bytes
  }

  /** Reads the changelog from where it stands up to an offset. */
  async follow(log: Log, partition: number, end: number): Promise<void> {
    for await (const { records, nextOffset } of readTo(log, TOPICS.changelog, partition, this.position, end, CHUNK)) {
      this.add(records)
      this.position = nextOffset
    }
  }

  /** Takes over records of the changelog, in their order; twice the same does no harm. */
  add(records: readonly ReadRecord[]): void {
    for (const { key, value } of records) {
      if (!key) continue
      if (beginsWith(key, this.#userKey) && key.length === this.#userKey.length) {
        this.#presence = value ? 'present' : 'erased'
      } else if (beginsWith(key, this.#prefix)) this.#addSnapshot(snapshotPlaceOfKey(key), value)
    }
  }

  #addSnapshot(place: number | null, value: Uint8Array | null): void {
    if (place === null) this.#newest = value && decodeNewestSnapshot(value)
    else if (!value) this.#snapshots.delete(place)
    // A copy, since what was read at once shares its memory.
    else {
      this.#snapshots.set(place, { snapshot: decodeUserSnapshot(Uint8Array.from(value)), bytes: value.length })
    }
  }
}

/** Byte by byte: most keys differ in their last bytes, and a view of each would cost more than the rest of the pass. */
function beginsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  if (key.length < prefix.length) return false
  for (let at = prefix.length - 1; at >= 0; at--) if (key[at] !== prefix[at]) return false
  return true
}
