import type { Log, ReadRecord } from '../../io/log/log.ts'

const CHUNK = 4096

/** All records of a topic, partition after partition, from an offset on. */
export async function* readTopic(
  log: Log,
  topic: string,
  from = 0,
): AsyncGenerator<ReadRecord & { partition: number }> {
  const partitions = log.topics().find(({ name }) => name === topic)?.partitions ?? 0
  for (let partition = 0; partition < partitions; partition++) {
    for (let offset = from; ;) {
      const slice = await log.read(topic, partition, offset, CHUNK)
      if (slice.nextOffset === offset) break
      offset = slice.nextOffset
      for (const record of slice.records) yield { ...record, partition }
    }
  }
}
