import type { Level } from '../level/open-level.ts'
import { cutBatches, type EncodedBatch } from './cut-batches.ts'
import type { LogRecord, LogSlice, ReadRecord, Removal } from './log.ts'
import { offsetKey, offsetOfKey, offsetValue, partitionPrefix, readOffset } from './log-keys.ts'
import { readBatch, readEndOffset } from './read-batch.ts'
import { batchEnd, encodeSparseBatch, recordBytes } from './record-batch.ts'
import { removeRecords, type WriteInTurn } from './removal.ts'
import type { AppendPlan, LevelOperation, PreparedAppend, StoredPartition } from './stored-partition.ts'
import type { Topic } from './topic-table.ts'

/** What an iterator may fetch ahead. */
const READ_AHEAD_BYTES = 1024 * 1024
/** Compaction writes batches of about this size, each with the old ones that it replaces in one atomic write. */
const COMPACTED_BATCH_BYTES = 1024 * 1024
/** Keys that one compaction holds in memory, some 150 bytes each. */
const MAX_KEYS = 300_000

interface StoredBatch {
  readonly key: Uint8Array
  readonly bytes: number
  readonly records: readonly ReadRecord[]
  /** Offset after the last one that it covers. */
  readonly end: number
}

/**
 * Partition of a `compact` topic: batches as they were appended, and compaction later: records that a later one of
 * their key supersedes are taken away, the others keep their offsets. A tombstone stays as its key's latest record.
 * The last record of a partition is always the latest of its key, or its batch covers the hole that it left: so the end
 * offset is in what is stored.
 */
export class CompactedPartition implements StoredPartition {
  readonly #level: Level
  readonly #id: string
  readonly #entries: Buffer
  readonly #compactedKey: Buffer
  #endOffset = 0
  /** Records before it have the latest of their key among themselves. */
  #compactedTo = 0
  #compactedBytes = 0
  #appendedBytes = 0

  constructor(level: Level, topic: Topic, partition: number) {
    this.#level = level
    this.#id = `${topic.name}/${partition}`
    this.#entries = partitionPrefix('batch', topic.id, partition)
    this.#compactedKey = partitionPrefix('compacted', topic.id, partition)
  }

  /** The latest record of each key stays, whatever its offset. */
  get startOffset(): number {
    return 0
  }

  get endOffset(): number {
    return this.#endOffset
  }

  async recover(): Promise<void> {
    this.#endOffset = await readEndOffset(this.#level, this.#id, this.#entries)
    const compactedTo = await this.#level.get(this.#compactedKey)
    this.#compactedTo = compactedTo === undefined ? 0 : readOffset(compactedTo, 0)
    const size = (from: number, to: number) =>
      this.#level.approximateSize(offsetKey(this.#entries, from), offsetKey(this.#entries, to))
    this.#compactedBytes = await size(0, this.#compactedTo)
    this.#appendedBytes = await size(this.#compactedTo, this.#endOffset)
  }

  prepare(records: readonly LogRecord[]): PreparedAppend {
    const batches = cutBatches(records)
    return { plan: async () => this.#plan(batches) }
  }

  async read(offset: number, limit: number): Promise<LogSlice> {
    const end = this.#endOffset
    if (offset >= end) return { records: [], nextOffset: offset }
    const records: ReadRecord[] = []
    for await (const { records: batch } of this.#batches(offset, end)) {
      for (const record of batch) {
        if (record.offset < offset || record.offset >= end) continue
        records.push(record)
        if (records.length === limit) return { records, nextOffset: record.offset + 1 }
      }
    }
    return { records, nextOffset: end }
  }

  remove(removal: Removal, write: WriteInTurn): Promise<number> {
    return removeRecords(this.#level, this.#id, this.#entries, removal, write)
  }

  /** Whether as much has been appended as there was after the last compaction, and at least `leastBytes`. */
  isDue(leastBytes: number): boolean {
    return this.#appendedBytes >= Math.max(leastBytes, this.#compactedBytes)
  }

  /** Compacts what there is now. `write` makes one atomic write in its turn among the appends; false ends it early. */
  async compact(write: (operations: readonly LevelOperation[]) => Promise<boolean>): Promise<void> {
    const { latest, end, bytes: appendedBytes } = await this.#latestOffsets()
    let kept: ReadRecord[] = []
    let keptBytes = 0
    let totalBytes = 0
    let replaced: Uint8Array[] = []
    const flush = async (): Promise<boolean> => {
      if (replaced.length === 0) return true
      const operations = replaced.map((key): LevelOperation => ({ type: 'del', key }))
      if (kept.length > 0) {
        const value = encodeSparseBatch(kept)
        totalBytes += value.length
        operations.push({ type: 'put', key: offsetKey(this.#entries, kept[0].offset), value })
      }
      kept = []
      keptBytes = 0
      replaced = []
      return write(operations)
    }
    for await (const { key, bytes, records, end: covered } of this.#batches(0, end)) {
      // Its last record was removed: it alone says where the partition ends.
      if (covered === this.#endOffset && records.at(-1)?.offset !== covered - 1) {
        if (!(await flush())) return
        totalBytes += bytes
        continue
      }
      const remaining = records.filter((record) => {
        const last = latest.get(nameOf(record))
        return last === undefined || last === record.offset
      })
      // A large batch that loses nothing stays as it is.
      if (remaining.length === records.length && bytes >= COMPACTED_BATCH_BYTES / 2 && kept.length === 0) {
        totalBytes += bytes
        continue
      }
      replaced.push(key)
      for (const record of remaining) keptBytes += recordBytes(record)
      kept.push(...remaining)
      if (keptBytes >= COMPACTED_BATCH_BYTES && !(await flush())) return
    }
    if (!(await flush())) return
    if (!(await write([{ type: 'put', key: this.#compactedKey, value: offsetValue(end) }]))) return
    this.#compactedTo = end
    this.#compactedBytes = totalBytes
    // More may have been appended meanwhile.
    this.#appendedBytes = Math.max(0, this.#appendedBytes - appendedBytes)
  }

  /** Offset of the latest record of each key appended since the last compaction, and what was read for it. */
  async #latestOffsets(): Promise<{ latest: Map<string, number>; end: number; bytes: number }> {
    const latest = new Map<string, number>()
    let end = this.#compactedTo
    let read = 0
    for await (const { bytes, records, end: covered } of this.#batches(this.#compactedTo, this.#endOffset)) {
      read += bytes
      for (const record of records) latest.set(nameOf(record), record.offset)
      end = covered
      if (latest.size >= MAX_KEYS) break
    }
    return { latest, end, bytes: read }
  }

  #plan(batches: readonly EncodedBatch[]): AppendPlan {
    const first = this.#endOffset
    const operations: LevelOperation[] = []
    let base = first
    let bytesAppended = 0
    for (const { bytes, count } of batches) {
      operations.push({ type: 'put', key: offsetKey(this.#entries, base), value: bytes })
      base += count
      bytesAppended += bytes.length
    }
    const publish = (): number => {
      this.#endOffset = base
      this.#appendedBytes += bytesAppended
      return first
    }
    return { operations, publish }
  }

  /** Stored batches from the one that holds `from`, or the next after it, up to before `to`. */
  async *#batches(from: number, to: number): AsyncGenerator<StoredBatch, void, undefined> {
    if (from >= to) return
    const before = { gte: offsetKey(this.#entries, 0), lte: offsetKey(this.#entries, from) }
    const [held] = await this.#level.keys({ ...before, reverse: true, limit: 1 }).all()
    const range = { gte: held ?? offsetKey(this.#entries, from), lt: offsetKey(this.#entries, to) }
    for await (const [key, bytes] of this.#level.iterator({ ...range, highWaterMarkBytes: READ_AHEAD_BYTES })) {
      const base = offsetOfKey(key)
      const records = readBatch(this.#id, bytes, base)
      yield { key, bytes: bytes.length, records, end: batchEnd(bytes, base, records) }
    }
  }
}

function nameOf({ key }: ReadRecord): string {
  return Buffer.from(key!.buffer, key!.byteOffset, key!.length).toString('latin1')
}
