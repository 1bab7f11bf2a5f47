/** An id this long is nobody else's part of a word. */
const TELLING_BYTES = 8
/** Shorter ones stand in any bytes by chance: they are looked for only in fields of their own. */
const LEAST_BYTES = 4

/**
 * Whether bytes without a known form hold an id: anywhere when it is long, as a word of its own when it is short, and
 * never when it has fewer than four bytes.
 */
export function mentionsId(bytes: Uint8Array, id: Uint8Array): boolean {
  if (id.length < LEAST_BYTES) return false
  const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = held.indexOf(id); at >= 0; at = held.indexOf(id, at + 1)) {
    if (id.length >= TELLING_BYTES) return true
    if (!isWordByte(held[at - 1]) && !isWordByte(held[at + id.length])) return true
  }
  return false
}

function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte > 0x7f
  )
}
