import type { Log, ReadRecord } from '../../io/log/log.ts'

export type PlacedRecord = ReadRecord & { readonly partition: number }

/** The latest records of a topic, at most `limit`, by their timestamps, the newest first. */
export async function latestRecords(log: Log, topic: string, limit: number): Promise<readonly PlacedRecord[]> {
  const partitions = log.topics().find(({ name }) => name === topic)?.partitions ?? 0
  const records: PlacedRecord[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const end = await log.endOffset(topic, partition)
    let offset = Math.max(await log.startOffset(topic, partition), end - limit)
    while (offset < end) {
      const slice = await log.read(topic, partition, offset, limit)
      if (slice.nextOffset === offset) break
      records.push(...slice.records.map((record) => ({ ...record, partition })))
      offset = slice.nextOffset
    }
  }
  return records.toSorted((a, b) => b.timestamp - a.timestamp || b.offset - a.offset).slice(0, limit)
}
