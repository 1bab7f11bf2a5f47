/** Confluent framing: byte 0 is 0, bytes 1 to 4 are the schema id, big-endian, then comes the Avro body. */
export const FRAME_BYTES = 5
const MAGIC = 0

export function writeFrame(target: Buffer, schemaId: number): void {
  target[0] = MAGIC
  target.writeUInt32BE(schemaId, 1)
}

/** The schema id of framed bytes; null when they are not framed. */
export function readFrame(bytes: Uint8Array): number | null {
  if (bytes.length < FRAME_BYTES || bytes[0] !== MAGIC) return null
  return bytes[1] * 0x1000000 + ((bytes[2] << 16) | (bytes[3] << 8) | bytes[4])
}
