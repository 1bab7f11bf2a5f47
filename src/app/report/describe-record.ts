import type { ReadRecord } from '../../io/log/log.ts'
import { originalHeaders, readDeadLetter } from '../../io/schemas/dead-letter-headers.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { TOPICS } from '../topics.ts'
import { decodeCheckpoint } from '../trainer/checkpoint-record.ts'

/** A record of any topic as a plain object for people: position, key, time, headers, and the decoded value. */
export function describeRecord(
  topic: string,
  record: ReadRecord & { readonly partition: number },
  codecs: RecordCodecs,
): Record<string, unknown> {
  const { partition, offset, key, value, headers, timestamp } = record
  const described = {
    partition,
    offset,
    timestamp: new Date(timestamp).toISOString(),
    key: key && describeBytes(key),
  }
  const dead = topic === TOPICS.deadLetters ? readDeadLetter(value, headers) : null
  if (dead) {
    const { bytes, byteLength, ...letter } = dead.letter
    const ownHeaders = describeHeaders(originalHeaders(headers ?? {}))
    const isCut = byteLength > bytes.length
    return {
      ...described,
      ...letter,
      attempt: dead.attempt,
      byteLength,
      ...ownHeaders,
      value: describeBytes(bytes, isCut),
    }
  }
  return { ...described, ...describeHeaders(headers ?? {}), value: value && describeValue(topic, value, codecs) }
}

function describeHeaders(headers: Readonly<Record<string, Uint8Array>>): { headers?: Record<string, unknown> } {
  const entries = Object.entries(headers)
  if (entries.length === 0) return {}
  return { headers: Object.fromEntries(entries.map(([name, held]) => [name, describeBytes(held)])) }
}

/** Bytes that are no record of this program, the changelog's, are described as bytes. */
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
      return describeBytes(value)
  }
}

/** The text when the bytes are UTF-8, else { base64 }. Of cut bytes the last character may be incomplete. */
function describeBytes(bytes: Uint8Array, isCut = false): string | { base64: string } {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut })
  } catch {
    return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') }
  }
}
