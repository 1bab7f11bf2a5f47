/** A caller's mistake in a read. Throws RangeError. */
export function checkRead(topic: string, partition: number, offset: number, limit: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`Cannot read ${topic}/${partition}: the offset is ${offset}`)
  }
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`Cannot read ${topic}/${partition}: the limit is ${limit}`)
  }
}
