import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { NoKafkaAnswer } from './broker-versions-request.ts'

/** What Node says about certificates and handshakes, as far as it has codes for it. */
const TLS_CODES = /^(ERR_(TLS|SSL|OSSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/
const NO_TLS_THERE = /before secure TLS connection was established/
const UNREACHABLE_NAMES: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSGroupCoordinatorNotFound',
])

/** Fields of kafkajs' errors, which have no common type. */
interface KafkaError extends Error {
  readonly code?: string | number
  /** Name of the broker's error code. */
  readonly type?: string
  readonly errors?: readonly Error[]
}

/**
 * The world's failure behind an error of kafkajs or of a socket, as one sentence: `action` says what could not be done,
 * for example `reach Kafka at host:9092`. Anything else comes back as it is: it is a fault of the program.
 */
export function kafkaFailure(action: string, thrown: unknown): unknown {
  if (thrown instanceof LifecycleError || !(thrown instanceof Error)) return thrown
  const error = rootOf(thrown)
  const fail = (code: 'broker-unreachable' | 'broker-refused' | 'unknown-topic', reason: string): LifecycleError =>
    new LifecycleError(code, `Cannot ${action}: ${reason}`, { cause: thrown, retryable: code === 'broker-unreachable' })
  if (error.type?.endsWith('_AUTHORIZATION_FAILED')) {
    return fail('broker-refused', `the cluster's access rules do not allow it (${error.type})`)
  }
  if (error.type === 'UNKNOWN_TOPIC_OR_PARTITION') return fail('unknown-topic', 'there is no such topic')
  if (error.name === 'KafkaJSSASLAuthenticationError' || error.type === 'SASL_AUTHENTICATION_FAILED') {
    return fail('broker-refused', `the login was refused (${error.message})`)
  }
  if (error.name === 'KafkaJSConnectionClosedError' || error instanceof NoKafkaAnswer) {
    const said = error instanceof NoKafkaAnswer ? error.message : 'it closed the connection'
    return fail('broker-refused', `${said}; does that port want TLS, a certificate or a login?`)
  }
  if (NO_TLS_THERE.test(error.message)) return fail('broker-refused', 'that port does not speak TLS')
  if (TLS_CODES.test(String(error.code))) return fail('broker-refused', `TLS failed (${plain(error.message)})`)
  const isSystem = 'syscall' in error || error.message.startsWith('no connection within')
  if (isSystem || UNREACHABLE_NAMES.has(error.name)) return fail('broker-unreachable', plain(error.message))
  return thrown
}

/** kafkajs wraps what happened in errors that count retries or hold a list. */
function rootOf(thrown: Error): KafkaError {
  let error: KafkaError = thrown
  for (let depth = 0; depth < 10; depth++) {
    const inner = error.errors?.[0] ?? (error.name === 'KafkaJSConnectionError' ? undefined : error.cause)
    if (!(inner instanceof Error)) break
    error = inner
  }
  return error
}

/** OpenSSL puts process and file numbers in front and a line end behind. */
function plain(message: string): string {
  return message
    .replace(/^Connection error: /, '')
    .replace(/^[0-9A-F]+:error:[0-9A-F]+:/, '')
    .trim()
}
