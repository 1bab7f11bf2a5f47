import type { AbortedTransaction } from './drop-aborted.ts'
import { groupByTopic } from './group-by-topic.ts'
import { WireReader, type WireRequest, WireWriter } from './wire-request.ts'

const READ_COMMITTED = 1
/** Without a fetch session: each request names all that it wants. */
const NO_SESSION = { id: 0, epoch: -1 } as const

export interface FetchOptions {
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly maxBytesPerPartition: number
}

export interface PartitionFetch {
  /** Name in Kafka. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** Offset up to which a reader of committed records may read; -1 with an error. */
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches; the last one may be cut. */
  readonly records: Buffer
}

/** Fetch, version 11, of committed records. */
export function fetchRequest(
  wanted: readonly PartitionFetch[],
  options: FetchOptions,
): WireRequest<FetchedPartition[]> {
  const byTopic = groupByTopic(wanted)
  return {
    request: {
      apiKey: 1,
      apiVersion: 11,
      apiName: 'Fetch',
      encode: async () => {
        const writer = new WireWriter().int32(-1).int32(options.maxWaitMs).int32(1).int32(options.maxBytes)
        writer.int8(READ_COMMITTED).int32(NO_SESSION.id).int32(NO_SESSION.epoch)
        writer.list(byTopic, ([topic, partitions]) => {
          writer.string(topic).list(partitions, ({ partition, offset }) => {
            writer.int32(partition).int32(-1).int64(offset).int64(-1).int32(options.maxBytesPerPartition)
          })
        })
        // No topics to forget, and no rack.
        return writer.int32(0).string('').end()
      },
    },
    response: { decode: async (bytes) => decodeFetched(new WireReader(bytes)), parse: async ({ answer }) => answer },
  }
}

function decodeFetched(reader: WireReader): { answer: FetchedPartition[]; clientSideThrottleTime: number } {
  const clientSideThrottleTime = reader.int32()
  const errorCode = reader.int16()
  reader.int32()
  const answer = reader.list(() => {
    const topic = reader.string()
    return reader.list(() => decodePartition(reader, topic, errorCode))
  })
  return { answer: answer.flat(), clientSideThrottleTime }
}

function decodePartition(reader: WireReader, topic: string, requestError: number): FetchedPartition {
  const partition = reader.int32()
  const errorCode = reader.int16()
  // The high watermark, which counts open transactions too.
  reader.int64()
  const lastStableOffset = Number(reader.int64())
  reader.int64()
  const aborted = reader.list(() => ({ producerId: reader.int64(), firstOffset: Number(reader.int64()) }))
  // The preferred replica, for readers that name their rack.
  reader.int32()
  const records = reader.bytes()
  return { topic, partition, errorCode: requestError || errorCode, lastStableOffset, aborted, records }
}
