import type { UserId } from '../../core/contracts/ids.ts'
import { INTERACTION_LIMITS } from '../../core/contracts/interaction-limits.ts'
import { parseInteraction } from '../../core/contracts/parse-interaction.ts'
import type { OutputRecord, ReadRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { TOPICS } from '../topics.ts'
import type { InputItem } from './input-item.ts'

/** Header of a record that only moves the stream time: unix ms in decimal digits. */
export const STREAM_TIME_HEADER = 'stan-stream-time'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
const lenientDecoder = new TextDecoder()

/** A record that moves a partition's stream time when no input does. */
export function advanceRecord(partition: number, timeMs: number): OutputRecord {
  return {
    topic: TOPICS.interactions,
    partition,
    key: null,
    value: null,
    headers: { [STREAM_TIME_HEADER]: encoder.encode(String(timeMs)) },
    timestamp: timeMs,
  }
}

/** A tombstone: the user and all that is kept of them go. */
export function erasureRecord(partition: number, userId: string, timeMs: number): OutputRecord {
  return { topic: TOPICS.interactions, partition, key: encoder.encode(userId), value: null, timestamp: timeMs }
}

/** What an input record asks of the tracker. A bad one says why. */
export function readInput(record: ReadRecord, codecs: RecordCodecs): InputItem {
  const { offset, key, value, headers } = record
  if (value === null) {
    const time = headers?.[STREAM_TIME_HEADER]
    return time ? readAdvance(time, offset) : readErasure(key, offset)
  }
  const decoded = codecs.interaction.decode(value)
  if (decoded.kind !== 'record') return { ...decoded, kind: 'unusable', offset }
  const parsed = parseInteraction(decoded.record)
  if (parsed.kind !== 'interaction') return { ...parsed, kind: 'unusable', offset }
  return { kind: 'interaction', offset, interaction: parsed.interaction }
}

function readAdvance(time: Uint8Array, offset: number): InputItem {
  const text = lenientDecoder.decode(time)
  const timeMs = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (timeMs < INTERACTION_LIMITS.endOfTime) return { kind: 'advance', offset, timeMs }
  const reason = `the stream time is ${JSON.stringify(text.slice(0, 80))}, not unix milliseconds up to 2100`
  return { kind: 'unusable', offset, cause: 'out-of-range', field: STREAM_TIME_HEADER, reason }
}

function readErasure(key: Uint8Array | null, offset: number): InputItem {
  if (key === null || key.length === 0) {
    return { kind: 'unusable', offset, cause: 'missing-field', field: 'key', reason: 'a tombstone names no user' }
  }
  try {
    return { kind: 'erasure', offset, userId: decoder.decode(key) as UserId }
  } catch {
    const reason = 'the key of a tombstone is not UTF-8'
    return { kind: 'unusable', offset, cause: 'invalid-utf8', field: 'key', reason }
  }
}
