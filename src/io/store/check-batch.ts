import type { StoreBatch } from './state-store.ts'

/** A caller's mistake in a batch. Throws RangeError. */
export function checkBatch({ position }: StoreBatch): void {
  for (const offset of [position.nextOffset, position.changelogOffset]) {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new RangeError(`Cannot write to the state store: a position in the batch is ${offset}`)
    }
  }
}
