import { isUtf8 } from 'node:buffer'

/** A power of two. */
const SLOTS = 8192
const MAX_CACHED_BYTES = 32

/** Bytes of a string that are no UTF-8. */
export class InvalidUtf8 extends Error {}

/**
 * Strings out of bytes. Feature names and values repeat in every record: short ASCII strings are kept in a
 * direct-mapped table, so that a repeated one costs a comparison and is one object in memory.
 */
export class StringCache {
  readonly #slots = Array.from<string>({ length: SLOTS }).fill('')

  /** Throws InvalidUtf8. */
  read(bytes: Buffer, start: number, length: number): string {
    if (length > MAX_CACHED_BYTES) return decode(bytes, start, length)
    let hash = length
    let high = 0
    const end = start + length
    for (let at = start; at < end; at++) {
      hash = (Math.imul(hash, 31) + bytes[at]) | 0
      high |= bytes[at]
    }
    if (high > 0x7f) return decode(bytes, start, length)
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    const known = this.#slots[slot]
    if (equals(known, bytes, start, length)) return known
    const text = bytes.toString('latin1', start, end)
    this.#slots[slot] = text
    return text
  }
}

function equals(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false
  }
  return true
}

function decode(bytes: Buffer, start: number, length: number): string {
  const text = bytes.toString('utf8', start, start + length)
  // The replacement character may have been sent as such.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, start + length))) throw new InvalidUtf8()
  return text
}
