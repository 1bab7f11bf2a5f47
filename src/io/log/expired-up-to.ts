import type { Level } from '../level/open-level.ts'
import type { Expiry } from './log.ts'
import { offsetKey, readOffset } from './log-keys.ts'

interface Prefixes {
  readonly entries: Uint8Array
  readonly marks: Uint8Array
}

/**
 * Offset before which the records of a partition, which has those from `from` to `end` - 1, have expired by age or by
 * size. By age as of the newest mark that old; by size as LevelDB's tables have it, compressed.
 */
export async function expiredUpTo(
  level: Level,
  { entries, marks }: Prefixes,
  { from, end }: { readonly from: number; readonly end: number },
  { appendedBefore, maxBytes, keepFrom }: Expiry,
): Promise<number> {
  let upTo = from
  if (appendedBefore !== null && appendedBefore > 0) {
    const range = { gte: offsetKey(marks, 0), lte: offsetKey(marks, appendedBefore) }
    const [mark] = await level.values({ ...range, reverse: true, limit: 1 }).all()
    if (mark !== undefined) upTo = Math.max(upTo, readOffset(mark, 0))
  }
  if (maxBytes !== null) {
    const bytesFrom = (offset: number) => level.approximateSize(offsetKey(entries, offset), offsetKey(entries, end))
    // The smallest offset behind which there is no more than may stay.
    let low = upTo
    let high = end
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((await bytesFrom(middle)) > maxBytes) low = middle + 1
      else high = middle
    }
    upTo = low
  }
  return Math.min(upTo, end, keepFrom)
}
