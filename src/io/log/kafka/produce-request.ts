import { groupByTopic } from './group-by-topic.ts'
import { WireReader, type WireRequest, WireWriter } from './wire-request.ts'

const ALL_REPLICAS = -1

/** The next batch of a partition. */
export interface PartitionBatch {
  /** Name in Kafka. */
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
}

export interface ProducedBatch {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: number
}

/** Produce, version 7: at most one batch per partition, acknowledged by all in-sync replicas, each with its own result. */
export function produceRequest(
  transactionalId: string | null,
  batches: readonly PartitionBatch[],
  timeoutMs: number,
): WireRequest<ProducedBatch[]> {
  const byTopic = groupByTopic(batches)
  return {
    request: {
      apiKey: 0,
      apiVersion: 7,
      apiName: 'Produce',
      encode: async () => {
        const writer = new WireWriter().string(transactionalId).int16(ALL_REPLICAS).int32(timeoutMs)
        writer.list(byTopic, ([topic, partitions]) => {
          writer.string(topic).list(partitions, ({ partition, batch }) => writer.int32(partition).bytes(batch))
        })
        return writer.end()
      },
    },
    response: { decode: async (bytes) => decodeProduced(new WireReader(bytes)), parse: async ({ answer }) => answer },
  }
}

function decodeProduced(reader: WireReader): { answer: ProducedBatch[]; clientSideThrottleTime: number } {
  const answer = reader.list(() => {
    const topic = reader.string()
    return reader.list(() => {
      const produced = {
        topic,
        partition: reader.int32(),
        errorCode: reader.int16(),
        baseOffset: Number(reader.int64()),
      }
      // Time of the log and start of the log, which nobody asks for.
      reader.int64()
      reader.int64()
      return produced
    })
  })
  return { answer: answer.flat(), clientSideThrottleTime: reader.int32() }
}
