import type { Message, TopicMessages } from 'kafkajs'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { OutputRecord } from '../log.ts'
import { messageOf } from './kafka-records.ts'

/**
 * kafkajs makes one record batch per partition and request, and brokers refuse batches above 1 MB by default, counted
 * after compression. Cut before it, with room for the batch's own head.
 */
const MAX_BATCH_BYTES = 900 * 1024
/** Lengths, offset and time of a record, and more than enough. */
const RECORD_OVERHEAD = 40

export interface ProduceRequest {
  readonly topicMessages: TopicMessages[]
  /** For each topic and partition in the request, the places of its records in the input, in order. */
  readonly places: ReadonlyMap<string, readonly number[]>
}

interface OpenRequest {
  readonly messages: Map<string, Message[]>
  readonly places: Map<string, number[]>
}

/** Cuts records into requests in which no partition's batch is too large; the order inside a partition is kept. */
export function produceRequests(
  records: readonly OutputRecord[],
  topicName: (name: string) => string,
): ProduceRequest[] {
  const requests: OpenRequest[] = []
  const partitions = new Map<string, { request: number; bytes: number }>()
  records.forEach((record, place) => {
    const { topic, partition } = record
    const bytes = sizeOf(record)
    const id = `${topic}/${partition}`
    let at = partitions.get(id)
    if (!at) partitions.set(id, (at = { request: 0, bytes: 0 }))
    else if (at.bytes + bytes > MAX_BATCH_BYTES) {
      at.request++
      at.bytes = 0
    }
    at.bytes += bytes
    const request = (requests[at.request] ??= { messages: new Map(), places: new Map() })
    append(request.messages, topic, messageOf(record, partition))
    append(request.places, `${topicName(topic)}/${partition}`, place)
  })
  return requests.map(({ messages, places }) => ({
    topicMessages: [...messages].map(([topic, ofTopic]) => ({ topic: topicName(topic), messages: ofTopic })),
    places,
  }))
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}

function sizeOf({ topic, partition, key, value, headers }: OutputRecord): number {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers) for (const [name, header] of Object.entries(headers)) bytes += name.length + header.length + 10
  if (bytes > MAX_BATCH_BYTES) {
    throw new LifecycleError(
      'record-too-large',
      `Cannot write to ${topic}/${partition}: the record has ${bytes} bytes, more than the ${MAX_BATCH_BYTES} that brokers take`,
    )
  }
  return bytes
}
