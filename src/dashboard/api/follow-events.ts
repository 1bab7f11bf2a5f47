import { ApiError, openAnswer } from './api-client.ts'
import { type ServerEvent, SseParser } from './sse-parser.ts'

const RETRY_MS = 2000
const MAX_RETRY_MS = 30_000

export interface EventSink {
  onEvents(events: readonly ServerEvent[]): void
  /** The stream has opened or ended. */
  onOpen(isOpen: boolean): void
}

/**
 * Reads server-sent events by fetch, as EventSource cannot send a token. After a break it goes on behind the last
 * event. Ends when the signal does, or when the server refuses.
 */
export async function followEvents(path: string, sink: EventSink, signal: AbortSignal): Promise<void> {
  let lastId = ''
  let waitMs = RETRY_MS
  while (!signal.aborted) {
    try {
      const headers = { accept: 'text/event-stream', ...(lastId !== '' && { 'last-event-id': lastId }) }
      const response = await openAnswer(path, signal, headers)
      sink.onOpen(true)
      waitMs = RETRY_MS
      const parser = new SseParser()
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        const events = parser.push(piece.value)
        if (events.length === 0) continue
        lastId = events.at(-1)!.id || lastId
        sink.onEvents(events)
      }
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        sink.onOpen(false)
        return
      }
    }
    if (signal.aborted) return
    sink.onOpen(false)
    await pause(waitMs, signal)
    waitMs = Math.min(MAX_RETRY_MS, waitMs * 2)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
