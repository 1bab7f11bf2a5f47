/**
 * Kafka's variable-length integers, of whole numbers up to 2^53: zigzag, then seven bits per byte, lowest first. Beyond
 * 2^31, where bit operations would cut, the arithmetic is that of doubles.
 */
const INT32_LIMIT = 2 ** 31
const TWO_POW_28 = 2 ** 28

/** What the next varint of a buffer is read from. */
export interface Cursor {
  readonly bytes: Buffer
  at: number
}

/** Bytes of a length, count or delta; `value` is at least -1. */
export function varintBytes(value: number): number {
  let rest = value < 0 ? 1 : value * 2
  let bytes = 1
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80)
    bytes++
  }
  return bytes
}

/** Writes a length, count or delta; `value` is at least -1. Returns the place behind it. */
export function writeVarint(target: Buffer, start: number, value: number): number {
  let at = start
  let rest = value < 0 ? 1 : value * 2
  while (rest >= INT32_LIMIT) {
    target[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[at++] = rest
  return at
}

/** The next varint, which may be negative. */
export function readVarint(cursor: Cursor): number {
  const { bytes } = cursor
  let byte = bytes[cursor.at++]
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
  let low = byte & 0x7f
  let shift = 7
  do {
    byte = bytes[cursor.at++]
    low |= (byte & 0x7f) << shift
    shift += 7
  } while (byte >= 0x80 && shift < 28)
  if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
  return readLongTail(cursor, low)
}

/** The rest of a varint of more than four bytes, of which `low` holds the first 28 bits. */
function readLongTail(cursor: Cursor, low: number): number {
  let scale = TWO_POW_28
  let raw = low
  let byte: number
  do {
    byte = cursor.bytes[cursor.at++]
    raw += (byte & 0x7f) * scale
    scale *= 0x80
  } while (byte >= 0x80)
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
}
