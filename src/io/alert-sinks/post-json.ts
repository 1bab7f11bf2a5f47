import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

/** Statuses after which another try may do better. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])
const MAX_SHOWN = 200

export interface PostOptions {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
  /** For the sentence of a failure: `send the alert to the webhook`. */
  readonly action: string
}

/** Posts JSON and returns the status. Throws LifecycleError `alert-undelivered`. */
export async function postJson({ url, headers, body, timeoutMs, action }: PostOptions): Promise<number> {
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    throw new LifecycleError('alert-undelivered', `Cannot ${action}: ${reasonOf(cause)}`, { retryable: true, cause })
  }
  const text = await response.text().catch(() => '')
  if (response.ok) return response.status
  const retryable = response.status >= 500 || PASSING.has(response.status)
  const said = text.trim() === '' ? '' : `, ${text.trim().replaceAll(/\s+/g, ' ').slice(0, MAX_SHOWN)}`
  throw new LifecycleError('alert-undelivered', `Cannot ${action}: it answers ${response.status}${said}`, { retryable })
}

/** The system's reason lies below fetch's own. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
