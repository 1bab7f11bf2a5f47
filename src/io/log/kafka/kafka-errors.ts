import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { kafkaFailure } from './connect-kafka-failure.ts'

/** Kafka's error codes that something here depends on (https://kafka.apache.org/protocol#protocol_error_codes). */
export const KAFKA_CODES = {
  offsetOutOfRange: 1,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  unknownMember: 25,
  topicNotAllowed: 29,
  invalidTimestamp: 32,
  duplicateSequence: 46,
  concurrentTransactions: 51,
} as const

/**
 * Leader, coordinator or replicas that are moving or late: 2, 3, 5 to 7, 9, 13 to 16, 19, 20, 56, 72, 74, 76, 78, 88;
 * a previous transaction that is still ending: 51.
 */
const PASSING = new Set([2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 51, 56, 72, 74, 76, 78, 88])
/** The epoch, the state or the id of a transaction is no longer this writer's: 47, 48, 49, 90. */
const FENCED = new Set([47, 48, 49, 90])
/** A gap in the sequence, or a producer the broker has forgotten: 45, 59. A new writer begins anew. */
const BROKEN = new Set([45, 59])
/** What the broker says about the records or the caller, whoever sends them: 10, 18, 29, 30, 32, 53, 87. */
const REFUSED_NAMES: ReadonlyMap<number, string> = new Map([
  [10, 'MESSAGE_TOO_LARGE'],
  [18, 'RECORD_LIST_TOO_LARGE'],
  [29, 'TOPIC_AUTHORIZATION_FAILED'],
  [30, 'GROUP_AUTHORIZATION_FAILED'],
  [32, 'INVALID_TIMESTAMP'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
  [87, 'INVALID_RECORD'],
])
const PASSING_NAMES = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSGroupCoordinatorNotFound',
])

/** A broker's error code, in an answer that was read here and not by kafkajs. */
export class KafkaCodeError extends Error {
  readonly code: number
  /** As kafkajs calls it, for kafkaFailure. */
  readonly type: string

  constructor(code: number) {
    const name = REFUSED_NAMES.get(code) ?? `error code ${code}`
    super(name)
    this.code = code
    this.type = name
  }
}

/** Kafka's code of an error of kafkajs or of a KafkaCodeError; undefined when it is none of the broker's. */
export function codeOf(thrown: unknown): number | undefined {
  const error = rootOf(thrown)
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') return undefined
  // kafkajs knows the codes of its time; of later ones only the text has the number.
  if (error.code !== -99) return error.code
  return Number(/Unknown error code (\d+)/.exec(error.message)?.[1])
}

/** Worth another try on the same connection objects. */
export function isPassing(thrown: unknown): boolean {
  const code = codeOf(thrown)
  if (code !== undefined) return PASSING.has(code)
  const error = rootOf(thrown)
  return error instanceof Error && (PASSING_NAMES.has(error.name) || 'syscall' in error)
}

export function isPassingCode(code: number): boolean {
  return PASSING.has(code)
}

export function isFenced(thrown: unknown): boolean {
  const code = codeOf(thrown)
  return code !== undefined && FENCED.has(code)
}

/** Whether the broker has looked at the request and said no, so that nothing of it is in the log. */
export function isRefused(thrown: unknown): boolean {
  const code = codeOf(thrown)
  return code !== undefined && REFUSED_NAMES.has(code)
}

/**
 * The LifecycleError for what a running log met; `action` is what could not be done. Anything unknown comes back as it
 * is: it is a fault of the program.
 */
export function logFailureOf(action: string, thrown: unknown): unknown {
  if (thrown instanceof LifecycleError) return thrown
  const code = codeOf(thrown)
  if (code === KAFKA_CODES.messageTooLarge || code === KAFKA_CODES.recordListTooLarge) {
    const reason = 'a record is larger than the brokers allow (max.message.bytes of its topic)'
    return new LifecycleError('record-too-large', `Cannot ${action}: ${reason}`, { cause: thrown })
  }
  if (code !== KAFKA_CODES.unknownTopic && (isPassing(thrown) || (code !== undefined && BROKEN.has(code)))) {
    const reason = rootOf(thrown)
    const text = reason instanceof Error ? reason.message : String(reason)
    return new LifecycleError('broker-unreachable', `Cannot ${action}: ${text}`, { cause: thrown, retryable: true })
  }
  return kafkaFailure(action, thrown)
}

/** kafkajs wraps what happened in errors that count retries. */
function rootOf(thrown: unknown): unknown {
  let error = thrown
  for (let depth = 0; depth < 10; depth++) {
    if (!(error instanceof Error) || error.name === 'KafkaJSConnectionError' || error instanceof LifecycleError) break
    if (!(error.cause instanceof Error)) break
    error = error.cause
  }
  return error
}
