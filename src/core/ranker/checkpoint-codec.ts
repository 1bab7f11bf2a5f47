import { LifecycleError } from '../contracts/lifecycle-error.ts'
import { crc32 } from './crc32.ts'

export type CheckpointSection = Float32Array | Float64Array | Int32Array | Uint8Array | readonly string[]
/** A checkpoint's content by name; arrays are written as they lie in memory (little-endian), in the order given. */
export type CheckpointSections = Record<string, CheckpointSection>

export const CHECKPOINT_VERSION = 1
const MAGIC = 'STANRANK'
/** Magic (8), version (4), CRC-32 of what follows (4). */
const HEAD_BYTES = 16
/** Checked or copied in one step. */
const STEP_BYTES = 512 * 1024
const KINDS = ['float32', 'float64', 'int32', 'uint8', 'strings'] as const

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Head, then per section: byte length of the name, kind (an index into KINDS), byte length of the payload, each 4 bytes;
 * name; payload; name and payload padded to 8 bytes.
 */
export function encodeCheckpoint(sections: CheckpointSections): Uint8Array {
  const parts = Object.entries(sections).map(([name, section]) => ({
    name: encoder.encode(name),
    kind: kindOf(section),
    payload: bytesOf(section),
  }))
  const length = parts.reduce(
    (sum, part) => sum + 12 + padded(part.name.length) + padded(part.payload.length),
    HEAD_BYTES,
  )
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let at = HEAD_BYTES
  for (const { name, kind, payload } of parts) {
    view.setUint32(at, name.length, true)
    view.setUint32(at + 4, kind, true)
    view.setUint32(at + 8, payload.length, true)
    bytes.set(name, at + 12)
    bytes.set(payload, at + 12 + padded(name.length))
    at += 12 + padded(name.length) + padded(payload.length)
  }
  bytes.set(encoder.encode(MAGIC))
  view.setUint32(8, CHECKPOINT_VERSION, true)
  view.setUint32(12, crc32(bytes.subarray(HEAD_BYTES)), true)
  return bytes
}

/** `decodeInSteps` at one go. */
export function decodeCheckpoint(bytes: Uint8Array): CheckpointSections {
  const steps = decodeInSteps(bytes)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/**
 * The sections, after steps of a millisecond or two each, a section of many texts longer. Throws LifecycleError `corrupt` for bytes that are no whole
 * checkpoint, `newer-format` for a later version.
 */
export function* decodeInSteps(bytes: Uint8Array): Generator<void, CheckpointSections> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEAD_BYTES || decoder.decode(bytes.subarray(0, 8)) !== MAGIC) {
    throw new LifecycleError(
      'corrupt',
      `Cannot read the checkpoint: ${bytes.length} bytes that do not start with ${MAGIC}`,
    )
  }
  const version = view.getUint32(8, true)
  if (version > CHECKPOINT_VERSION) {
    const why = `it has version ${version}, this program knows ${CHECKPOINT_VERSION}`
    throw new LifecycleError('newer-format', `Cannot read the checkpoint: ${why}`)
  }
  let checksum = 0
  for (let at = HEAD_BYTES; at < bytes.length; at += STEP_BYTES) {
    checksum = crc32(bytes.subarray(at, at + STEP_BYTES), checksum)
    yield
  }
  if (view.getUint32(12, true) !== checksum) {
    throw new LifecycleError('corrupt', 'Cannot read the checkpoint: its checksum does not match')
  }
  const sections: CheckpointSections = {}
  for (let at = HEAD_BYTES; at < bytes.length;) {
    const nameLength = view.getUint32(at, true)
    const kind = view.getUint32(at + 4, true)
    const payloadLength = view.getUint32(at + 8, true)
    const from = at + 12 + padded(nameLength)
    const name = decoder.decode(bytes.subarray(at + 12, at + 12 + nameLength))
    // A copy: the bytes may be a Buffer, whose slice() is a view of something larger.
    sections[name] = sectionOf(kind, new Uint8Array(bytes.subarray(from, from + payloadLength)))
    at = from + padded(payloadLength)
    if (payloadLength > STEP_BYTES) yield
  }
  return sections
}

function kindOf(section: CheckpointSection): number {
  if (section instanceof Float32Array) return 0
  if (section instanceof Float64Array) return 1
  if (section instanceof Int32Array) return 2
  return section instanceof Uint8Array ? 3 : 4
}

function bytesOf(section: CheckpointSection): Uint8Array {
  if (!ArrayBuffer.isView(section)) return encoder.encode(JSON.stringify(section))
  return new Uint8Array(section.buffer, section.byteOffset, section.byteLength)
}

/** `payload` owns its buffer. */
function sectionOf(kind: number, payload: Uint8Array): CheckpointSection {
  switch (KINDS[kind]) {
    case 'float32':
      return new Float32Array(payload.buffer)
    case 'float64':
      return new Float64Array(payload.buffer)
    case 'int32':
      return new Int32Array(payload.buffer)
    case 'uint8':
      return payload
    case 'strings':
      return JSON.parse(decoder.decode(payload)) as string[]
    default:
      throw new LifecycleError('corrupt', `Cannot read the checkpoint: it has a section of kind ${kind}`)
  }
}

function padded(length: number): number {
  return (length + 7) & ~7
}
