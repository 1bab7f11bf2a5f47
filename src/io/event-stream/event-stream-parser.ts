/** One event of a stream, or a comment line, which servers send as a sign of life. */
export type StreamItem =
  | { readonly kind: 'event'; readonly event: string; readonly id: string; readonly data: string }
  | { readonly kind: 'comment' }

/** An event that is larger is no event of ours. */
const MAX_EVENT_CHARS = 16 * 1024 * 1024

/**
 * Server-sent events out of text that comes in pieces, as the HTML standard's section 9.2.6 has it: lines end with CR,
 * LF or both, an empty line ends an event, `id` stays until the next one, an event without data is none.
 */
export class EventStreamParser {
  #rest = ''
  #isFirst = true
  #endedWithReturn = false
  #event = ''
  #lines: string[] = []
  #chars = 0
  #id: string

  /** `lastEventId` is the id of events that carry none before the first that does. */
  constructor(lastEventId = '') {
    this.#id = lastEventId
  }

  /** What the next piece completes. Throws RangeError for an event above 16 Mi characters. */
  push(text: string): StreamItem[] {
    const items: StreamItem[] = []
    if (this.#isFirst && text.length > 0) {
      this.#isFirst = false
      if (text.startsWith('\ufeff')) text = text.slice(1)
    }
    // The other half of a line end that the last piece was cut in.
    if (this.#endedWithReturn && text.startsWith('\n')) text = text.slice(1)
    if (text.length > 0) this.#endedWithReturn = text.endsWith('\r')
    const lines = text.split(/\r\n|\r|\n/)
    lines[0] = this.#rest + lines[0]
    this.#rest = lines.pop()!
    for (const line of lines) this.#take(line, items)
    if (this.#rest.length + this.#chars > MAX_EVENT_CHARS) {
      throw new RangeError(`Cannot read the event stream: an event has more than ${MAX_EVENT_CHARS} characters`)
    }
    return items
  }

  #take(line: string, items: StreamItem[]): void {
    if (line === '') {
      if (this.#lines.length > 0) {
        items.push({ kind: 'event', event: this.#event || 'message', id: this.#id, data: this.#lines.join('\n') })
      }
      this.#event = ''
      this.#lines = []
      this.#chars = 0
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) {
      items.push({ kind: 'comment' })
      return
    }
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') this.#event = value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    else if (field === 'data') {
      this.#lines.push(value)
      this.#chars += value.length
    }
  }
}
