import type { HttpAnswer } from './http-request.ts'
import { oneLine } from './one-line.ts'

/** What a registry says; `absent` is a subject, version or schema that it does not have. */
export type RegistryAnswer =
  | { readonly kind: 'found'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'absent' }
  /** A schema that the subject's rule does not admit. */
  | { readonly kind: 'conflict'; readonly message: string }

/** What an exchange comes to. `state` is the second half of a sentence. */
export type Judgement =
  | { readonly kind: 'answer'; readonly answer: RegistryAnswer }
  /** May pass: try another address, or later. */
  | { readonly kind: 'failure'; readonly state: string }
  /** Will not pass by itself. */
  | { readonly kind: 'refused'; readonly state: string; readonly cause?: unknown }

/** Subject, version, schema not found. */
const ABSENT_CODES: ReadonlySet<unknown> = new Set([40401, 40402, 40403])
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429])

/** `address` is the registry's, without credentials. */
export function judgeAnswer(address: string, { status, text }: HttpAnswer): Judgement {
  const body = jsonObject(text)
  const said = typeof body?.message === 'string' ? ` (${oneLine(body.message)})` : ''
  const state = `${address} answered ${status}${said}`
  if (status >= 200 && status < 300) {
    return body ? { kind: 'answer', answer: { kind: 'found', body } } : notRegistry(address, status)
  }
  if (status === 404) {
    // A 404 of something in between, while a registry moves, must not turn good records into bad ones.
    return ABSENT_CODES.has(body?.error_code)
      ? { kind: 'answer', answer: { kind: 'absent' } }
      : notRegistry(address, status)
  }
  if (status === 409) return { kind: 'answer', answer: { kind: 'conflict', message: oneLine(String(body?.message)) } }
  if (status >= 500 || PASSING_STATUSES.has(status)) return { kind: 'failure', state }
  if (status === 401 || status === 403) {
    const wayOut = 'see username, passwordFile and tokenFile of schemaRegistry'
    return { kind: 'refused', state: `${state}; ${wayOut}` }
  }
  return { kind: 'refused', state }
}

/** Of a connection that did not come about, or broke. */
export function judgeFailure(address: string, error: unknown): Judgement {
  const { code, message } = error as NodeJS.ErrnoException
  const state = `${address}: ${oneLine(message)}`
  if (code !== undefined && /CERT|LEAF_SIGNATURE/.test(code)) {
    return { kind: 'refused', state: `${state}; see caFile of schemaRegistry`, cause: error }
  }
  // A secret that is no header value, for example.
  if (code === 'ERR_INVALID_CHAR') return { kind: 'refused', state, cause: error }
  return { kind: 'failure', state }
}

function notRegistry(address: string, status: number): Judgement {
  return { kind: 'failure', state: `${address} answered ${status} without what a schema registry says` }
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
