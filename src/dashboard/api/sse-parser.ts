export interface ServerEvent {
  /** `message` where the server names none. */
  readonly event: string
  readonly id: string
  readonly data: string
}

/**
 * Takes the text of an event stream apart (WHATWG HTML, 9.2.6), in pieces as they come. An id holds for the events
 * after it too.
 */
export class SseParser {
  private rest = ''
  private event = ''
  private id = ''
  private data: string[] = []

  /** The events that the piece completes. */
  push(piece: string): readonly ServerEvent[] {
    const events: ServerEvent[] = []
    // A carriage return at the end may be the first half of a line end.
    const text = this.rest + piece
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text
    const lines = whole.split(/\r\n|\n|\r/)
    this.rest = lines.pop()! + text.slice(whole.length)
    for (const line of lines) {
      if (line === '') this.finish(events)
      else this.take(line)
    }
    return events
  }

  private finish(events: ServerEvent[]): void {
    if (this.data.length > 0) events.push({ event: this.event || 'message', id: this.id, data: this.data.join('\n') })
    this.event = ''
    this.data = []
  }

  private take(line: string): void {
    // The name of a comment is empty.
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') this.event = value
    else if (name === 'data') this.data.push(value)
    else if (name === 'id' && !value.includes('\0')) this.id = value
  }
}
