import type { LogRecord } from './log.ts'
import { encodeRecordBatch, recordBytes } from './record-batch.ts'

/** A batch is cut here: a read from its middle decodes all of it. 2,000 records of 2 KB are still one batch. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024

export interface EncodedBatch {
  readonly bytes: Uint8Array
  readonly count: number
}

/** The records of an append as batches, in order. */
export function cutBatches(records: readonly LogRecord[]): EncodedBatch[] {
  const batches: EncodedBatch[] = []
  let from = 0
  let size = 0
  const cut = (to: number): void => {
    batches.push({ bytes: encodeRecordBatch(records.slice(from, to), size), count: to - from })
    from = to
    size = 0
  }
  for (const [index, record] of records.entries()) {
    const bytes = recordBytes(record)
    if (size > 0 && size + bytes > MAX_BATCH_BYTES) cut(index)
    size += bytes
  }
  if (size > 0) cut(records.length)
  return batches
}
