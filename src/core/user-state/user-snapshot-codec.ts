import type { EventId } from '../contracts/ids.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import type { OpenImpression, OpenTask } from './open-impression.ts'

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
  /** The stored bytes of the state, and the impressions in the order of their ids. */
  | { readonly kind: 'user'; readonly state: Uint8Array; readonly impressions: readonly OpenImpression[] }

/** Which snapshot of a user is the newest. */
export type NewestSnapshot = Pick<UserSnapshot, 'ordinal' | 'offset'>

const CONTENTS = ['unknown', 'left-out', 'user'] as const

const COUNTED = 1
const SUCCEEDED = 2
const TRIAL = 4
const VALUED = 8

const writer = new ByteWriter()

export function encodeUserSnapshot({ ordinal, offset, streamTime, changeTime, content }: UserSnapshot): Uint8Array {
  begin({ ordinal, offset })
  writer.varint(streamTime)
  writer.varint(changeTime)
  writer.byte(CONTENTS.indexOf(content.kind))
  if (content.kind === 'user') {
    writer.bytesOf(content.state)
    writer.varint(content.impressions.length)
    for (const impression of content.impressions) writeImpression(impression)
  }
  return writer.take()
}

/** The state shares the memory of the bytes. Throws RangeError for bytes that this version does not read. */
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
  const impressions = Array.from({ length: reader.varint() }, () => readImpression(reader))
  return { kind, state, impressions }
}

/** Most tasks have neither value nor label: they take two bytes, and four for what the extractor predicted. */
function writeImpression({ impressionId, impressionTime, tasks }: OpenImpression): void {
  writer.text(impressionId)
  writer.varint(impressionTime)
  writer.varint(tasks.length)
  for (const { trial, counted, succeeded, ordinal, label, rawValue, predicted } of tasks) {
    const isValued = !Object.is(label, 0) || !Object.is(rawValue, 0)
    writer.byte((trial ? TRIAL : 0) | (counted ? COUNTED : 0) | (succeeded ? SUCCEEDED : 0) | (isValued ? VALUED : 0))
    writer.varint(ordinal)
    if (isValued) {
      writer.float64(label)
      writer.float64(rawValue)
    }
    if (!trial) writer.float32(predicted)
  }
}

function readImpression(reader: ByteReader): OpenImpression {
  const impressionId = reader.text() as EventId
  const impressionTime = reader.varint()
  const tasks = Array.from({ length: reader.varint() }, (): OpenTask => {
    const flags = reader.byte()
    const ordinal = reader.varint()
    const [label, rawValue] = flags & VALUED ? [reader.float64(), reader.float64()] : [0, 0]
    const trial = (flags & TRIAL) !== 0
    return {
      trial,
      counted: (flags & COUNTED) !== 0,
      succeeded: (flags & SUCCEEDED) !== 0,
      ordinal,
      label,
      rawValue,
      predicted: trial ? 0 : reader.float32(),
    }
  })
  return { impressionId, impressionTime, tasks }
}
