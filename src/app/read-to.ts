import type { Log, LogSlice } from '../io/log/log.ts'

/** Slices of a partition from `from` up to `end`; waits for records that the log has and has not yet fetched. */
export async function* readTo(
  log: Log,
  topic: string,
  partition: number,
  from: number,
  end: number,
  chunk: number,
): AsyncGenerator<LogSlice, void, undefined> {
  for (let offset = from; offset < end;) {
    const changed = log.changed()
    const slice = await log.read(topic, partition, offset, Math.min(chunk, end - offset))
    if (slice.nextOffset === offset) {
      await changed
      continue
    }
    offset = slice.nextOffset
    yield slice
  }
}
