const ROW_BYTES = 16

/** Rows of offset, 16 bytes in hexadecimal, and the same as ASCII with a dot for all else. */
export function hexDump(bytes: Uint8Array): string[] {
  const rows: string[] = []
  for (let start = 0; start < bytes.length; start += ROW_BYTES) {
    const row = Array.from(bytes.subarray(start, start + ROW_BYTES))
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0'))
    const halves = [hex.slice(0, ROW_BYTES / 2), hex.slice(ROW_BYTES / 2)].map((half) => half.join(' ').padEnd(23))
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    rows.push(`${start.toString(16).padStart(8, '0')}  ${halves.join('  ')}  |${text}|`)
  }
  return rows
}
