const TABLE_COUNT = 8

/** An unsigned 32-bit integer; `before` is that of the bytes in front, if any. */
export type Checksum = (bytes: Uint8Array, before?: number) => number

/** The 32-bit cyclic redundancy check with a polynomial in reversed bits, eight bytes in one step ("slicing by eight"). */
export function cyclicRedundancy(polynomial: number): Checksum {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tablesOf(polynomial)
  return (bytes, before = 0) => {
    let crc = ~before
    let at = 0
    for (const end = bytes.length - 7; at < end; at += 8) {
      crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
      crc =
        t7[crc & 0xff] ^
        t6[(crc >>> 8) & 0xff] ^
        t5[(crc >>> 16) & 0xff] ^
        t4[crc >>> 24] ^
        t3[bytes[at + 4]] ^
        t2[bytes[at + 5]] ^
        t1[bytes[at + 6]] ^
        t0[bytes[at + 7]]
    }
    for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8)
    return ~crc >>> 0
  }
}

/** tables[k][b] is the check of byte b and k zero bytes behind it. */
function tablesOf(polynomial: number): Int32Array[] {
  const tables = Array.from({ length: TABLE_COUNT }, () => new Int32Array(256))
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    tables[0][byte] = crc
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let k = 1; k < TABLE_COUNT; k++) {
      const previous = tables[k - 1][byte]
      tables[k][byte] = tables[0][previous & 0xff] ^ (previous >>> 8)
    }
  }
  return tables
}
