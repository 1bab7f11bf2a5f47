import { PartitionCursor } from './partition-cursor.ts'

/** Readers of one partition at different places, for example trackers and a page; the one longest unread goes first. */
const MAX_PER_PARTITION = 8
/** A cursor that nobody reads from keeps its records in memory and is fetched for; so it goes. */
const IDLE_MS = 60_000

/** The cursors of all partitions that are being read. */
export class PartitionCursors {
  readonly #byPartition = new Map<string, PartitionCursor[]>()

  /** The cursor that stands at `offset`; a new one where nobody does. */
  at(topic: string, partition: number, offset: number, now: number): PartitionCursor {
    const key = `${topic}/${partition}`
    const cursors = this.#byPartition.get(key) ?? []
    let cursor = cursors.find(({ readOffset }) => readOffset === offset)
    if (cursor === undefined) {
      cursor = new PartitionCursor(topic, partition, offset, now)
      const kept = cursors.sort((left, right) => right.readAt - left.readAt).slice(0, MAX_PER_PARTITION - 1)
      this.#byPartition.set(key, [...kept, cursor])
    }
    cursor.readAt = now
    return cursor
  }

  /** Forgets a cursor, so that the next read from its place fetches anew. */
  drop(cursor: PartitionCursor): void {
    const key = `${cursor.topic}/${cursor.partition}`
    const rest = (this.#byPartition.get(key) ?? []).filter((other) => other !== cursor)
    if (rest.length > 0) this.#byPartition.set(key, rest)
    else this.#byPartition.delete(key)
  }

  /** Per partition the cursor that waits longest for records, since a fetch names each partition once. */
  waiting(now: number): PartitionCursor[] {
    const chosen: PartitionCursor[] = []
    for (const [key, all] of this.#byPartition) {
      const cursors = all.filter(({ readAt, isFetching }) => isFetching || now - readAt <= IDLE_MS)
      if (cursors.length === 0) this.#byPartition.delete(key)
      else if (cursors.length < all.length) this.#byPartition.set(key, cursors)
      if (cursors.some(({ isFetching }) => isFetching)) continue
      const wanting = cursors.filter((cursor) => cursor.wantsRecords(now))
      if (wanting.length === 0) continue
      chosen.push(wanting.reduce((first, other) => (other.fetchedAt < first.fetchedAt ? other : first)))
    }
    return chosen
  }
}
