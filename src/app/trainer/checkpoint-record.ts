/** What a checkpoint holds besides the ranker's own snapshot. Positions and weights are one record: they move together. */
export interface CheckpointHead {
  /** Next offset of training-examples per partition. */
  readonly positions: readonly number[]
  readonly exampleCount: number
  readonly bundleVersion: number
  /** Event time of the newest example, unix ms. */
  readonly eventTime: number
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Length of the head (4 bytes, little-endian), the head as JSON, the snapshot. */
export function encodeCheckpoint(head: CheckpointHead, snapshot: Uint8Array): Uint8Array {
  const json = encoder.encode(JSON.stringify(head))
  const bytes = new Uint8Array(4 + json.length + snapshot.length)
  new DataView(bytes.buffer).setUint32(0, json.length, true)
  bytes.set(json, 4)
  bytes.set(snapshot, 4 + json.length)
  return bytes
}

/** The snapshot is a view into `bytes`. */
export function decodeCheckpoint(bytes: Uint8Array): { head: CheckpointHead; snapshot: Uint8Array } {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
  const head = JSON.parse(decoder.decode(bytes.subarray(4, 4 + length))) as CheckpointHead
  return { head, snapshot: bytes.subarray(4 + length) }
}
