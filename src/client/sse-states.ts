import { EventStreamRefused, readEventStream } from '../io/event-stream/read-event-stream.ts'
import type { StreamItem } from '../io/event-stream/event-stream-parser.ts'
import { keepConnected } from './keep-connected.ts'
import { RESTART_AFTER_MS } from './restart-after.ts'
import { stateOfJson } from './state-of-json.ts'
import type { StateSink, StateSource } from './state-source.ts'
import type { SseStates } from './states-origin.ts'

/** The server sends a comment every 15 s. */
const SILENCE_MS = 45_000
/** A stream of a server that does not say where it ends is read to the end when nothing has come for so long. */
const QUIET_MS = 1_000
/** Answers to a Last-Event-ID whose records are gone, or that is no longer understood. */
const GONE = new Set([400, 409, 410, 412])

/** Follows the API's events: the states there are first, then each as it is published. */
export class SseStateSource implements StateSource {
  readonly #options: SseStates
  readonly #url: URL
  #lastEventId: string | null = null
  #completeAtMs = Date.now()
  /** Whether the server tells how fresh its stream is. */
  #isTold = false
  #hasReachedEnd = false

  /** Throws TypeError for an address that is none. */
  constructor(options: SseStates) {
    this.#options = options
    const { url, embedding = false } = options
    if (!URL.canParse(url) || !/^https?:/.test(url)) {
      throw new TypeError(`Cannot follow ${JSON.stringify(url)}: it is no address of the form http://host:port`)
    }
    this.#url = new URL('v1/events', url.endsWith('/') ? url : `${url}/`)
    this.#url.searchParams.set('topics', 'states')
    this.#url.searchParams.set('freshness', 'true')
    if (embedding) this.#url.searchParams.set('embedding', 'true')
  }

  run(sink: StateSink, signal: AbortSignal): Promise<void> {
    return keepConnected((connected) => this.#connect(connected, sink, signal), sink, signal)
  }

  async #connect(connected: () => void, sink: StateSink, signal: AbortSignal): Promise<void> {
    if (this.#lastEventId !== null && Date.now() - this.#completeAtMs > RESTART_AFTER_MS) this.#restart(sink)
    try {
      await this.#follow(connected, sink, signal)
    } catch (error) {
      const isGone = error instanceof EventStreamRefused && error.status !== null && GONE.has(error.status)
      if (isGone && this.#lastEventId !== null) this.#restart(sink)
      throw error
    }
  }

  #restart(sink: StateSink): void {
    this.#lastEventId = null
    this.#completeAtMs = Date.now()
    sink.restart()
  }

  async #follow(connected: () => void, sink: StateSink, signal: AbortSignal): Promise<void> {
    const { token } = this.#options
    const url = new URL(this.#url)
    if (this.#lastEventId === null) url.searchParams.set('from', 'start')
    const stream = readEventStream({
      url,
      token: typeof token === 'function' ? await token() : (token ?? null),
      lastEventId: this.#lastEventId,
      silenceMs: SILENCE_MS,
      signal,
    })
    this.#hasReachedEnd = false
    const quiet = setTimeout(() => this.#reachEnd(sink), QUIET_MS)
    try {
      let isFirst = true
      for await (const items of stream) {
        if (isFirst) connected()
        isFirst = false
        quiet.refresh()
        for (const item of items) this.#take(item, sink)
        // Whatever comes after the end has been reached, a sign of life included, comes as it is published.
        if (this.#hasReachedEnd && items.length > 0) this.#completeNow(sink, Date.now())
      }
    } finally {
      clearTimeout(quiet)
    }
  }

  #reachEnd(sink: StateSink): void {
    if (this.#isTold) return
    this.#hasReachedEnd = true
    this.#completeNow(sink, Date.now())
  }

  #completeNow(sink: StateSink, atMs: number): void {
    this.#completeAtMs = Math.max(this.#completeAtMs, atMs)
    sink.complete(atMs)
  }

  #take(item: StreamItem, sink: StateSink): void {
    if (item.kind === 'comment') return
    const { event, id, data } = item
    try {
      const json: unknown = JSON.parse(data)
      if (event === 'state') sink.put(stateOfJson(json))
      else if (event === 'erased') sink.erase(userIdOf(json) ?? '')
      else if (event === 'unreadable') throw new Error(reasonOf(json))
      else if (event === 'freshness') this.#takeFreshness(json, sink)
    } catch (error) {
      sink.reject({ userId: userIdOf(data), origin: `event ${id}`, reason: (error as Error).message })
    }
    if (id !== '') this.#lastEventId = id
  }

  /** The server says how far its stream has come: it is exact where silence is a guess. */
  #takeFreshness(json: unknown, sink: StateSink): void {
    this.#isTold = true
    this.#hasReachedEnd = false
    const lagSeconds = (json as { lagSeconds?: unknown } | null)?.lagSeconds
    if (typeof lagSeconds === 'number') this.#completeNow(sink, Date.now() - lagSeconds * 1000)
  }
}

/** Why the server could not read a record. */
function reasonOf(json: unknown): string {
  const reason = (json as { reason?: unknown } | null)?.reason
  return typeof reason === 'string' ? reason : 'the server could not read it'
}

/** The user that an event is about, in whatever state it is; null where it does not say. */
function userIdOf(data: unknown): string | null {
  try {
    const json: unknown = typeof data === 'string' ? JSON.parse(data) : data
    const userId = (json as { userId?: unknown } | null)?.userId
    return typeof userId === 'string' ? userId : null
  } catch {
    return null
  }
}
