import type { GroupPosition } from './log.ts'

/** Throws RangeError for a position that is no offset. */
export function checkPosition(group: string, { topic, partition, nextOffset }: GroupPosition): void {
  if (!Number.isSafeInteger(nextOffset) || nextOffset < 0) {
    throw new RangeError(`Cannot commit ${group}: the position of ${topic}/${partition} is ${nextOffset}`)
  }
}
