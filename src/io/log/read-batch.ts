import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Level } from '../level/open-level.ts'
import type { ReadRecord } from './log.ts'
import { offsetKey, offsetOfKey } from './log-keys.ts'
import { batchEnd, DamagedBatch, decodeRecordBatch } from './record-batch.ts'

/** Decodes a stored batch. Throws `corrupt`, naming `topic/partition@offset` of its first record. */
export function readBatch(partitionId: string, bytes: Uint8Array, base: number): ReadRecord[] {
  try {
    return decodeRecordBatch(bytes, base)
  } catch (error) {
    if (error instanceof DamagedBatch) throw corruptError(partitionId, base, `the batch is damaged, ${error.message}`)
    throw error
  }
}

/** End offset of a partition: of its last entry, which is never taken away; 0 when there was none. */
export async function readEndOffset(level: Level, partitionId: string, entries: Uint8Array): Promise<number> {
  const range = { gte: offsetKey(entries, 0), lte: offsetKey(entries, Number.MAX_SAFE_INTEGER) }
  for await (const [key, bytes] of level.iterator({ ...range, reverse: true, limit: 1 })) {
    const base = offsetOfKey(key)
    return batchEnd(bytes, base, readBatch(partitionId, bytes, base))
  }
  return 0
}

export function corruptError(partitionId: string, offset: number, state: string): LifecycleError {
  return new LifecycleError('corrupt', `Cannot read ${partitionId}@${offset}: ${state}`)
}
