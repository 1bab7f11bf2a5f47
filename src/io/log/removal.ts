import type { Level } from '../level/open-level.ts'
import type { Removal } from './log.ts'
import { offsetKey, offsetOfKey } from './log-keys.ts'
import { readBatch } from './read-batch.ts'
import { batchEnd, encodeCoveringBatch } from './record-batch.ts'
import type { LevelOperation } from './stored-partition.ts'

/** What an iterator may fetch ahead. */
const READ_AHEAD_BYTES = 1024 * 1024

/** One atomic write in its turn among the appends; false where the log closes. */
export type WriteInTurn = (operations: readonly LevelOperation[]) => Promise<boolean>

/**
 * Writes the batches of a partition anew that hold records to take away, each under its old key and covering the offsets
 * it covered before. Returns how many records went.
 */
export async function removeRecords(
  level: Level,
  partitionId: string,
  entries: Uint8Array,
  { end, mayHold, isGone }: Removal,
  write: WriteInTurn,
): Promise<number> {
  let removed = 0
  const range = { gte: offsetKey(entries, 0), lt: offsetKey(entries, end) }
  for await (const [key, bytes] of level.iterator({ ...range, highWaterMarkBytes: READ_AHEAD_BYTES })) {
    if (!mayHold(bytes)) continue
    const base = offsetOfKey(key)
    const records = readBatch(partitionId, bytes, base)
    const kept = records.filter((record) => record.offset >= end || !isGone(record))
    if (kept.length === records.length) continue
    const value = encodeCoveringBatch(kept, base, batchEnd(bytes, base, records))
    if (!(await write([{ type: 'put', key, value }]))) break
    removed += records.length - kept.length
  }
  return removed
}
