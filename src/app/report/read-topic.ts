import type { Log, ReadRecord } from '../../io/log/log.ts'
import { readTo } from '../read-to.ts'

const CHUNK = 4096

/** All records of a topic, partition after partition, from an offset on. */
export async function* readTopic(
  log: Log,
  topic: string,
  from = 0,
): AsyncGenerator<ReadRecord & { partition: number }> {
  const partitions = log.topics().find(({ name }) => name === topic)?.partitions ?? 0
  for (let partition = 0; partition < partitions; partition++) {
    const end = await log.endOffset(topic, partition)
    // Retention may have taken the first records away.
    const start = Math.max(from, await log.startOffset(topic, partition))
    for await (const { records } of readTo(log, topic, partition, start, end, CHUNK)) {
      for (const record of records) yield { ...record, partition }
    }
  }
}
