import type { ReadRecord } from '../log.ts'
import type { RecordBatch } from './decode-record-batches.ts'

/** One of the aborted transactions that a broker names with the batches of a fetch. */
export interface AbortedTransaction {
  readonly producerId: bigint
  /** Offset of its first record in the partition. */
  readonly firstOffset: number
}

/**
 * The records from `offset` on that no transaction has taken back. The transactions come in the order in which they
 * ended, so they are sorted by where they began. kafkajs takes one off the list per record and in the order given, and
 * takes any key of four zero bytes for the end of a transaction: it shows aborted records in both cases.
 */
export function committedRecords(
  batches: readonly RecordBatch[],
  aborted: readonly AbortedTransaction[],
  offset: number,
): ReadRecord[] {
  const waiting = [...aborted].sort((left, right) => left.firstOffset - right.firstOffset)
  const open = new Set<bigint>()
  const records: ReadRecord[] = []
  let next = 0
  for (const batch of batches) {
    while (next < waiting.length && waiting[next].firstOffset <= batch.lastOffset) open.add(waiting[next++].producerId)
    if (batch.control !== null) {
      if (batch.control === 'abort') open.delete(batch.producerId)
    } else if (!(batch.isTransactional && open.has(batch.producerId))) {
      for (const record of batch.records) if (record.offset >= offset) records.push(record)
    }
  }
  return records
}
