import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

export const USER_SNAPSHOT_VERSION = 1

/** What was stored of a user before their first change in a period of the input. */
export interface UserSnapshot {
  /** Counts the snapshots of the user from 0 on. Nothing changes a user between the period of one and the next. */
  readonly ordinal: number
  /** Input offset of the record that causes the change. */
  readonly offset: number
  /** Stream time before that record, unix ms. */
  readonly streamTime: number
  /** Stream time from which on what follows the change holds, unix ms. */
  readonly changeTime: number
  /** `unknown`: no such user was there; `left-out`: they were, but what was stored of them is too large to be kept. */
  readonly content: SnapshotContent
}

export type SnapshotContent =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'left-out' }
  /** The stored bytes of the state, and of the pending impressions in the order of their ids. */
  | { readonly kind: 'user'; readonly state: Uint8Array; readonly impressions: readonly Uint8Array[] }

/** Which snapshot of a user is the newest. */
export type NewestSnapshot = Pick<UserSnapshot, 'ordinal' | 'offset'>

const CONTENTS = ['unknown', 'left-out', 'user'] as const

const writer = new ByteWriter()

export function encodeUserSnapshot({ ordinal, offset, streamTime, changeTime, content }: UserSnapshot): Uint8Array {
  begin({ ordinal, offset })
  writer.varint(streamTime)
  writer.varint(changeTime)
  writer.byte(CONTENTS.indexOf(content.kind))
  if (content.kind === 'user') {
    writer.bytesOf(content.state)
    writer.varint(content.impressions.length)
    for (const impression of content.impressions) writer.bytesOf(impression)
  }
  return writer.take()
}

/** State and impressions share the memory of the bytes. Throws RangeError for bytes that this version does not read. */
export function decodeUserSnapshot(bytes: Uint8Array): UserSnapshot {
  const reader = readerOf(bytes)
  const head = { ordinal: reader.varint(), offset: reader.varint() }
  const [streamTime, changeTime] = [reader.varint(), reader.varint()]
  return { ...head, streamTime, changeTime, content: readContent(reader) }
}

export function encodeNewestSnapshot(newest: NewestSnapshot): Uint8Array {
  begin(newest)
  return writer.take()
}

/** Throws RangeError for bytes that this version does not read. */
export function decodeNewestSnapshot(bytes: Uint8Array): NewestSnapshot {
  const reader = readerOf(bytes)
  return { ordinal: reader.varint(), offset: reader.varint() }
}

function begin({ ordinal, offset }: NewestSnapshot): void {
  writer.reset()
  writer.byte(USER_SNAPSHOT_VERSION)
  writer.varint(ordinal)
  writer.varint(offset)
}

function readerOf(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes)
  const version = reader.byte()
  if (version === USER_SNAPSHOT_VERSION) return reader
  throw new RangeError(`Cannot read a snapshot of version ${version}: this program reads ${USER_SNAPSHOT_VERSION}`)
}

function readContent(reader: ByteReader): SnapshotContent {
  const kind = CONTENTS[reader.byte()]
  if (kind === undefined) throw new RangeError('Cannot read a snapshot: its kind of content is unknown')
  if (kind !== 'user') return { kind }
  const state = reader.bytesOf()
  const impressions = Array.from({ length: reader.varint() }, () => reader.bytesOf())
  return { kind, state, impressions }
}
