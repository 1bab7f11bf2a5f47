import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { ReadRecord } from '../../io/log/log.ts'
import { decodeCheckpoint } from '../trainer/checkpoint-record.ts'
import { TOPICS } from '../topics.ts'

const decoder = new TextDecoder()

/** A record of any topic as a plain object for people: position, key, time, headers, and the decoded value. */
export function describeRecord(
  topic: string,
  record: ReadRecord & { readonly partition: number },
  codecs: RecordCodecs,
): Record<string, unknown> {
  const { partition, offset, key, value, headers, timestamp } = record
  return {
    partition,
    offset,
    timestamp: new Date(timestamp).toISOString(),
    key: key && topic !== TOPICS.changelog ? decoder.decode(key) : key && base64(key),
    ...(headers && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, held]) => [name, decoder.decode(held)])),
    }),
    value: value && describeValue(topic, value, codecs),
  }
}

/** Bytes that are no record of this program (the changelog's, a dead letter's) appear as base64. */
function describeValue(topic: string, value: Uint8Array, codecs: RecordCodecs): unknown {
  switch (topic) {
    case TOPICS.interactions:
      return codecs.interaction.decodeOwn(value)
    case TOPICS.userStates:
      return codecs.userState.decodeOwn(value)
    case TOPICS.stageTransitions:
      return codecs.stageTransition.decodeOwn(value)
    case TOPICS.lifecycleAlerts:
      return codecs.lifecycleAlert.decodeOwn(value)
    case TOPICS.trainingExamples:
      return codecs.trainingExample.decodeOwn(value)
    case TOPICS.predictions:
      return codecs.prediction.decodeOwn(value)
    case TOPICS.modelBundles:
      return codecs.modelBundle.decodeOwn(value)
    case TOPICS.checkpoints: {
      const { head, snapshot } = decodeCheckpoint(value)
      return { ...head, snapshotBytes: snapshot.length }
    }
    default:
      return base64(value)
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
