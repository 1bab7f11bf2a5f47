import type { OutputRecord } from '../../io/log/log.ts'
import { parseOrigin } from '../../io/schemas/dead-letter-headers.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { replayHeaders } from '../../io/schemas/replay-headers.ts'
import { encodeId } from '../encode-id.ts'
import { partitionOf } from '../partition-of.ts'
import { TOPICS } from '../topics.ts'
import type { StoredLetter } from './letters.ts'

export interface ReplayRules {
  readonly maxAttempts: number
  /** Of interactions. */
  readonly partitions: number
  /** Prepared for the letter's bytes. */
  readonly codec: RecordCodecs['interaction']
}

export type ReplayPlan =
  | { readonly kind: 'replay'; readonly record: OutputRecord }
  /** The reason goes on after the letter's position. */
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * The record of a letter for its topic: the bytes, the key and the headers that the bad one had. A letter is replayed
 * once, and a replay that fails makes a letter of its own. Should two processes replay one letter at one moment, the
 * tracker drops the second record, whose event id it has just seen.
 */
export function planReplay(stored: StoredLetter, rules: ReplayRules): ReplayPlan {
  const { letter, attempt, replayedMs } = stored
  if (replayedMs !== null) return refused(`it was replayed at ${new Date(replayedMs).toISOString()}`)
  if (attempt >= rules.maxAttempts) {
    return refused(`it has failed ${attempt} times, and --max-attempts is ${rules.maxAttempts}`)
  }
  if (letter.bytes.length === 0) return refused('it has no bytes that could be read another time')
  if (letter.bytes.length < letter.byteLength) {
    return refused(`only the first ${letter.bytes.length} of its ${letter.byteLength} bytes were kept`)
  }
  const { topic, partition } = parseOrigin(letter.origin)
  if (partition < 0) return planFileLine(stored, rules)
  if (topic !== TOPICS.interactions)
    return refused(`it came from ${topic}, and only ${TOPICS.interactions} takes it back`)
  if (partition >= rules.partitions) {
    return refused(
      `it came from ${topic}/${partition}, and ${topic} has ${rules.partitions} partitions, counted from 0`,
    )
  }
  return { kind: 'replay', record: recordOf(stored, partition, stored.key, stored.timestamp) }
}

/** A line of a file had neither key nor partition: they follow from the user that it names. */
function planFileLine(stored: StoredLetter, { codec, partitions }: ReplayRules): ReplayPlan {
  const decoded = codec.decode(stored.letter.bytes)
  if (decoded.kind !== 'record') {
    return refused(`it came from a file, ${stored.letter.origin}, and is no framed interaction: ${decoded.reason}`)
  }
  const { userId, eventTime } = decoded.record
  // A log's times are whole numbers; whether this one is sensible is for the tracker to say.
  const timestamp = Number.isSafeInteger(eventTime) && eventTime >= 0 ? eventTime : stored.timestamp
  return { kind: 'replay', record: recordOf(stored, partitionOf(userId, partitions), encodeId(userId), timestamp) }
}

function recordOf(stored: StoredLetter, partition: number, key: Uint8Array | null, timestamp: number): OutputRecord {
  const headers = replayHeaders(stored.headers, stored.attempt, stored)
  return { topic: TOPICS.interactions, partition, key, value: stored.letter.bytes, headers, timestamp }
}

function refused(reason: string): ReplayPlan {
  return { kind: 'refused', reason }
}
