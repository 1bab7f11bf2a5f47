/** A LEB128 number below 2^53 at the cursor, which moves behind it. */
export function readVarint(source: Uint8Array, cursor: { at: number }): number {
  let value = 0
  let unit = 1
  for (;;) {
    const byte = source[cursor.at++]
    if (byte === undefined) throw new RangeError('Cannot read a number: the bytes end within it')
    if (byte < 0x80) return value + byte * unit
    value += (byte & 0x7f) * unit
    unit *= 128
  }
}
