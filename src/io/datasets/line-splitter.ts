/** One line without its end. */
export interface RawLine {
  /** From 1. */
  readonly number: number
  /** The bytes, a view into the input; of a line that is too long, its beginning. */
  readonly bytes: Buffer
  /** Length of the whole line; above the limit when it is too long. */
  readonly byteLength: number
}

/** What is kept of a line that is too long: as much as a dead letter carries. */
const KEPT_BYTES = 64 * 1024
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** Cuts chunks of bytes into lines ended by LF or CRLF. Never holds more than `limitBytes` of an unfinished line. */
export class LineSplitter {
  readonly #limitBytes: number
  #lineCount = 0
  /** The unfinished line; of one that is too long, its beginning. */
  #parts: Buffer[] = []
  #heldBytes = 0
  #byteLength = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Lines finished so far. */
  get lineCount(): number {
    return this.#lineCount
  }

  /** The lines that the chunk finishes. */
  push(chunk: Buffer): RawLine[] {
    const lines: RawLine[] = []
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      this.#hold(chunk.subarray(from, end))
      lines.push(this.#finish())
      from = end + 1
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from))
    return lines
  }

  /** The last line, when the input does not end with a line end. */
  end(): RawLine[] {
    return this.#byteLength === 0 ? [] : [this.#finish()]
  }

  #hold(part: Buffer): void {
    const wasTooLong = this.#byteLength > this.#limitBytes
    this.#byteLength += part.length
    if (wasTooLong) return
    this.#parts.push(part)
    this.#heldBytes += part.length
    if (this.#heldBytes > this.#limitBytes) {
      // A copy: the parts are views that would keep whole chunks in memory.
      const beginning = Buffer.from(Buffer.concat(this.#parts).subarray(0, KEPT_BYTES))
      this.#parts = [beginning]
      this.#heldBytes = beginning.length
    }
  }

  #finish(): RawLine {
    const held = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts)
    const isWhole = this.#byteLength === held.length
    const hasReturn = isWhole && held.length > 0 && held[held.length - 1] === CARRIAGE_RETURN
    const bytes = hasReturn ? held.subarray(0, -1) : held
    this.#lineCount++
    const line = { number: this.#lineCount, bytes, byteLength: this.#byteLength - (hasReturn ? 1 : 0) }
    this.#parts = []
    this.#heldBytes = 0
    this.#byteLength = 0
    return line
  }
}
