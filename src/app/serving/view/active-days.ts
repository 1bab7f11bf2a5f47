/** Days since the epoch fit 16 bits until the year 2149. */
const MAX_DAY = 0xffff

/** The days of both lists once each, ascending. */
export function mergeDays(days: readonly number[], more: readonly number[]): number[] {
  return [...new Set([...days, ...more])].filter((day) => day >= 0 && day <= MAX_DAY).sort((a, b) => a - b)
}

/** Two bytes a day, little-endian. */
export function encodeDays(days: readonly number[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(days.length * 2)
  days.forEach((day, i) => bytes.writeUInt16LE(day, i * 2))
  return bytes
}

export function decodeDays(bytes: Uint8Array): number[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 2 }, (_, i) => view.readUInt16LE(i * 2))
}
