import type { DeadLetter } from '../../core/contracts/dead-letter.ts'
import { DEAD_LETTER_CAUSES } from '../../core/contracts/dead-letter.ts'

export type Headers = Readonly<Record<string, Uint8Array>>

/** What a dead letter's record carries besides the letter. */
export interface DeadLetterContext {
  /** Headers of the bad record; they pass through byte for byte. */
  readonly headers?: Headers
  /** Timestamp of the bad record, unix ms. */
  readonly timestamp: number
  /** How often it has failed, from 1. */
  readonly attempt: number
}

/** Families that tools read (Kafka Connect, Spring Kafka), and this program's own, which is complete. */
const CONNECT = '__connect.errors.'
const SPRING = 'kafka_dlt-'
export const OWN = 'stan-lifecycle.dead-letter.'
const CLASS_PREFIX = 'stan-lifecycle.'

/** Causes that the reading of bytes finds, as opposed to the check of a record that could be read. */
const READING_CAUSES: ReadonlySet<string> = new Set(['unreadable-record', 'invalid-utf8', 'too-long'])

/** Headers of a dead letter, whose value is `letter.bytes`. A file's rows have partition -1 and the line as offset. */
export function deadLetterHeaders(letter: DeadLetter, context: DeadLetterContext): Headers {
  const { topic, partition, offset } = parseOrigin(letter.origin)
  const className = text(`${CLASS_PREFIX}${letter.cause}`)
  return {
    ...context.headers,
    [`${CONNECT}topic`]: text(topic),
    [`${CONNECT}partition`]: text(`${partition}`),
    [`${CONNECT}offset`]: text(`${offset}`),
    [`${CONNECT}stage`]: text(READING_CAUSES.has(letter.cause) ? 'VALUE_CONVERTER' : 'TRANSFORMATION'),
    [`${CONNECT}exception.class.name`]: className,
    [`${CONNECT}exception.message`]: text(letter.reason),
    [`${SPRING}original-topic`]: text(topic),
    [`${SPRING}original-partition`]: int32(partition),
    [`${SPRING}original-offset`]: int64(offset),
    [`${SPRING}original-timestamp`]: int64(context.timestamp),
    [`${SPRING}exception-fqcn`]: className,
    [`${SPRING}exception-message`]: text(letter.reason),
    [`${OWN}cause`]: text(letter.cause),
    [`${OWN}field`]: text(letter.field),
    [`${OWN}reason`]: text(letter.reason),
    [`${OWN}origin`]: text(letter.origin),
    [`${OWN}byte-length`]: text(`${letter.byteLength}`),
    [`${OWN}attempt`]: text(`${context.attempt}`),
  }
}

/** The dead letter of a record that `deadLetterHeaders` made, and its attempt; null for any other record. */
export function readDeadLetter(
  value: Uint8Array | null,
  headers: Headers | undefined,
): { readonly letter: DeadLetter; readonly attempt: number } | null {
  const own = (name: string): string => Buffer.from(headers?.[`${OWN}${name}`] ?? []).toString()
  const cause = DEAD_LETTER_CAUSES.find((known) => known === own('cause'))
  if (value === null || cause === undefined) return null
  const letter: DeadLetter = {
    cause,
    field: own('field'),
    reason: own('reason'),
    origin: own('origin'),
    bytes: value,
    byteLength: Number(own('byte-length')),
  }
  return { letter, attempt: countOf(headers) }
}

/**
 * Which of its failures a record comes to that fails now: 1, or the next one after a replay, whose record carries the
 * attempt that failed.
 */
export function attemptOf(headers: Headers | undefined): number {
  return countOf(headers, 0) + 1
}

/** The bad record's own headers, for a replay. */
export function originalHeaders(headers: Headers): Headers {
  const families = [CONNECT, SPRING, OWN]
  const kept = Object.entries(headers).filter(([name]) => !families.some((family) => name.startsWith(family)))
  return Object.fromEntries(kept)
}

/** The attempt in the headers; `otherwise` where there is none, or none that is a number. */
function countOf(headers: Headers | undefined, otherwise = 1): number {
  const count = Buffer.from(headers?.[`${OWN}attempt`] ?? []).toString()
  return /^[1-9]\d{0,8}$/.test(count) ? Number(count) : otherwise
}

/** Where a record lay: a file has partition -1 and the line as offset. */
export function parseOrigin(origin: string): { topic: string; partition: number; offset: number } {
  const inLog = /^(.*)\/(\d+)@(\d+)$/s.exec(origin)
  if (inLog !== null) return { topic: inLog[1], partition: Number(inLog[2]), offset: Number(inLog[3]) }
  const inFile = /^(.*):(\d+)$/s.exec(origin)
  if (inFile !== null) return { topic: inFile[1], partition: -1, offset: Number(inFile[2]) }
  return { topic: origin, partition: -1, offset: -1 }
}

function text(value: string): Uint8Array {
  return Buffer.from(value)
}

function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}
