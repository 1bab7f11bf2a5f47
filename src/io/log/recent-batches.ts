import type { ReadRecord } from './log.ts'
import { decodeRecordBatch } from './record-batch.ts'

interface RecentBatch {
  readonly partitionId: string
  readonly base: number
  /** Offset after the last record. */
  readonly end: number
  readonly bytes: Uint8Array
  /** Decoded on the first read, so that a batch nobody follows costs its bytes only. */
  records: ReadRecord[] | null
}

/** What a decoded record weighs besides its bytes: the object and two views. */
const RECORD_OVERHEAD_BYTES = 300
/** Keeps the walks over all batches short where every append brings one record. */
const MAX_BATCHES = 256

/** The batches appended or read last, so that readers who follow the writer, or read in small steps, decode once. */
export class RecentBatches {
  readonly #limitBytes: number
  readonly #byPartition = new Map<string, RecentBatch[]>()
  #oldestFirst: RecentBatch[] = []
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  add(partitionId: string, base: number, end: number, bytes: Uint8Array, records: ReadRecord[] | null): void {
    const batch: RecentBatch = { partitionId, base, end, bytes, records }
    const list = this.#byPartition.get(partitionId)
    if (list === undefined) this.#byPartition.set(partitionId, [batch])
    else list.push(batch)
    this.#oldestFirst.push(batch)
    this.#bytes += weight(batch)
    let dropped = 0
    while (this.#bytes > this.#limitBytes || this.#oldestFirst.length - dropped > MAX_BATCHES)
      this.#forget(this.#oldestFirst[dropped++])
    if (dropped > 0) this.#oldestFirst = this.#oldestFirst.slice(dropped)
  }

  /** The records of the batch that covers `offset`, with the offset after it; or null. */
  find(partitionId: string, offset: number): { readonly records: readonly ReadRecord[]; readonly end: number } | null {
    const list = this.#byPartition.get(partitionId)
    if (list === undefined) return null
    for (let index = list.length - 1; index >= 0; index--) {
      const batch = list[index]
      if (offset >= batch.base && offset < batch.end) {
        batch.records ??= decodeRecordBatch(batch.bytes, batch.base)
        return { records: batch.records, end: batch.end }
      }
    }
    return null
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Drops the batches of a partition: what is stored of them has changed. */
  drop(partitionId: string): void {
    for (const batch of this.#byPartition.get(partitionId) ?? []) this.#bytes -= weight(batch)
    this.#byPartition.delete(partitionId)
    this.#oldestFirst = this.#oldestFirst.filter((batch) => batch.partitionId !== partitionId)
  }

  #forget(batch: RecentBatch): void {
    this.#bytes -= weight(batch)
    const list = this.#byPartition.get(batch.partitionId)!
    list.splice(list.indexOf(batch), 1)
  }
}

function weight(batch: RecentBatch): number {
  return batch.bytes.length + (batch.end - batch.base) * RECORD_OVERHEAD_BYTES
}
