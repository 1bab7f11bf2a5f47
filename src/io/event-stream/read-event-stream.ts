import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { EventStreamParser, type StreamItem } from './event-stream-parser.ts'

export interface EventStreamRequest {
  readonly url: URL
  /** Bearer token; null where the server asks for none. */
  readonly token: string | null
  /** Id of the last event that has been taken in; null begins where `url` says. */
  readonly lastEventId: string | null
  /** The connection counts as broken after so much silence, comments included. */
  readonly silenceMs: number
  readonly signal: AbortSignal
}

/** A request that another try does not help: the address, the login or the right is wrong. */
const REFUSED = new Set([400, 401, 403, 404, 405, 406, 410])

/**
 * The items of one connection, as they come, in the pieces in which they come. Ends when the server ends the stream.
 * Throws LifecycleError `api-refused`, and `api-unavailable`, retryable, for a server that does not answer, answers
 * with an error of its own, or falls silent.
 */
export async function* readEventStream(request: EventStreamRequest): AsyncGenerator<readonly StreamItem[]> {
  const { url, lastEventId, silenceMs, signal } = request
  const silence = new AbortController()
  const watch = setTimeout(() => silence.abort(), silenceMs)
  try {
    const body = await open(request, AbortSignal.any([signal, silence.signal]))
    const parser = new EventStreamParser(lastEventId ?? '')
    const decoder = new TextDecoder()
    // An empty list: the server has answered.
    yield []
    for await (const piece of body) {
      watch.refresh()
      yield parser.push(decoder.decode(piece, { stream: true }))
    }
  } catch (error) {
    if (error instanceof LifecycleError || error instanceof RangeError || signal.aborted) throw error
    const reason = silence.signal.aborted ? `it has said nothing for ${silenceMs / 1000} s` : reasonOf(error)
    throw unavailable(url, reason, error)
  } finally {
    clearTimeout(watch)
  }
}

async function open(
  { url, token, lastEventId }: EventStreamRequest,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const headers = {
    accept: 'text/event-stream',
    ...(token !== null && { authorization: `Bearer ${token}` }),
    ...(lastEventId !== null && { 'last-event-id': lastEventId }),
  }
  const response = await fetch(url, { headers, signal, redirect: 'error' })
  if (response.ok && response.body && response.headers.get('content-type')?.startsWith('text/event-stream')) {
    return response.body
  }
  await response.body?.cancel().catch(() => {})
  if (response.ok) throw refused(url, 'it answers with something else than events', null)
  const reason = `it answers with status ${response.status}`
  throw REFUSED.has(response.status) ? refused(url, reason, response.status) : unavailable(url, reason, undefined)
}

/** The server says no. `status` is that of HTTP. */
export class EventStreamRefused extends LifecycleError {
  readonly status: number | null

  constructor(message: string, status: number | null) {
    super('api-refused', message)
    this.status = status
  }
}

function refused({ origin, pathname }: URL, reason: string, status: number | null): EventStreamRefused {
  return new EventStreamRefused(`Cannot follow ${origin}${pathname}: ${reason}`, status)
}

function unavailable({ origin, pathname }: URL, reason: string, cause: unknown): LifecycleError {
  const options = { retryable: true, cause }
  return new LifecycleError('api-unavailable', `Cannot follow ${origin}${pathname}: ${reason}`, options)
}

/** What fetch fails with says only that it has failed; its cause says why. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error && cause.message ? cause.message : message
}
