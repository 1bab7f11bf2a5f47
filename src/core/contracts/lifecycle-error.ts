/** Failures of the world (disk, log, store, backend). Each code has a row in the README and a test. */
export const LIFECYCLE_ERROR_CODES = [
  'closed',
  'unknown-topic',
  'unknown-partition',
  'topic-mismatch',
  'missing-key',
  'fenced',
  'commit-failed',
  'record-too-large',
  'position-below-start',
  'no-history',
  'folder-in-use',
  'newer-format',
  'older-format',
  'not-a-data-folder',
  'settings-changed',
  'corrupt',
  'unreadable-file',
  'invalid-config',
  'no-backend',
  'unknown-user',
  'registry-unavailable',
  'registry-refused',
  'schema-not-registered',
  'schema-incompatible',
  'broker-unreachable',
  'broker-refused',
  'broker-version',
  'api-unavailable',
  'api-refused',
  'stale-state',
  'states-differ',
  'replay-too-long',
  'not-erased',
  'alert-undelivered',
] as const
export type LifecycleErrorCode = (typeof LIFECYCLE_ERROR_CODES)[number]

/** The one error class for the world's failures; a caller's mistake is a TypeError or RangeError. */
export class LifecycleError extends Error {
  readonly code: LifecycleErrorCode
  readonly retryable: boolean

  constructor(code: LifecycleErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'LifecycleError'
    this.code = code
    this.retryable = options.retryable ?? false
  }
}
