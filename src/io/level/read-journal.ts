const BLOCK_BYTES = 32_768
/** u32 checksum, u16 length of the data, u8 type; little-endian. */
const HEADER_BYTES = 7
const FULL = 1
const FIRST = 2
const LAST = 4

/**
 * The records of a journal of LevelDB, that of its writes or that of its manifest, put together from their parts. Parts
 * that are cut short end it, as they do for LevelDB. Format: doc/log_format.md of LevelDB.
 */
export function* readJournal(bytes: Buffer): Generator<Buffer, void, undefined> {
  let parts: Buffer[] = []
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const leftInBlock = BLOCK_BYTES - (at % BLOCK_BYTES)
    if (leftInBlock < HEADER_BYTES) {
      at += leftInBlock
      continue
    }
    const length = bytes.readUInt16LE(at + 4)
    const type = bytes[at + 6]
    const data = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length)
    if (type < FULL || type > LAST) return
    if (type === FULL || type === FIRST) parts = []
    parts.push(data)
    if (type === FULL || type === LAST) yield Buffer.concat(parts)
    at += HEADER_BYTES + length
  }
}
