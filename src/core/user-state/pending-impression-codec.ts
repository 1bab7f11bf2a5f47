import type { FeatureMap } from '../contracts/interaction.ts'
import type { EventId, ItemId, UserId } from '../contracts/ids.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { readFrozen, readPredicted, writeFrozen } from './frozen-codec.ts'
import type { OpenImpression } from './open-impression.ts'
import type { PendingImpression, PendingTask } from './pending-impression.ts'

export const PENDING_IMPRESSION_VERSION = 1

const COUNTED = 1
const SUCCEEDED = 2
const TRIAL = 4

const writer = new ByteWriter()

export function encodePendingImpression(impression: PendingImpression): Uint8Array {
  writer.reset()
  writer.byte(PENDING_IMPRESSION_VERSION)
  writer.text(impression.impressionId)
  writer.text(impression.userId)
  writer.text(impression.itemId)
  writer.varint(impression.impressionTime)
  writer.varint(impression.sourceOffset)
  writeMap(impression.context)
  writeMap(impression.userFeatures)
  writeMap(impression.itemFeatures)
  writeFrozen(writer, impression.frozen)
  writer.varint(impression.tasks.length)
  for (const task of impression.tasks) {
    writer.varint(task.ordinal)
    writer.byte((task.trial ? TRIAL : 0) | (task.counted ? COUNTED : 0) | (task.succeeded ? SUCCEEDED : 0))
    writer.float64(task.label)
    writer.float64(task.rawValue)
  }
  return writer.take()
}

/** Time of a stored impression, read without the rest. */
export function impressionTimeOf(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes)
  reader.byte()
  for (let id = 0; id < 3; id++) reader.skipText()
  return reader.varint()
}

/** Throws RangeError when the bytes are not an impression this version reads. */
export function decodePendingImpression(bytes: Uint8Array): PendingImpression {
  const reader = readerOf(bytes)
  const head = {
    impressionId: reader.text() as EventId,
    userId: reader.text() as UserId,
    itemId: reader.text() as ItemId,
    impressionTime: reader.varint(),
    sourceOffset: reader.varint(),
    context: readMap(reader),
    userFeatures: readMap(reader),
    itemFeatures: readMap(reader),
    frozen: readFrozen(reader),
  }
  return { ...head, tasks: readTasks(reader) }
}

/** Of a stored impression what later outcomes need, without a look at the features. Throws as the whole decoder does. */
export function decodeOpenImpression(bytes: Uint8Array): OpenImpression {
  const reader = readerOf(bytes)
  const impressionId = reader.text() as EventId
  reader.skipText()
  reader.skipText()
  const impressionTime = reader.varint()
  reader.varint()
  for (let map = 0; map < 3; map++) for (let texts = 2 * reader.varint(); texts > 0; texts--) reader.skipText()
  const predicted = readPredicted(reader)
  const tasks = readTasks(reader).map((task, k) => ({ ...task, predicted: task.trial ? 0 : predicted[k] }))
  return { impressionId, impressionTime, tasks }
}

function readerOf(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes)
  const version = reader.byte()
  if (version === PENDING_IMPRESSION_VERSION) return reader
  throw new RangeError(
    `Cannot read a pending impression of version ${version}: this program reads ${PENDING_IMPRESSION_VERSION}`,
  )
}

function readTasks(reader: ByteReader): PendingTask[] {
  const tasks: PendingTask[] = []
  for (let left = reader.varint(); left > 0; left--) {
    const ordinal = reader.varint()
    const flags = reader.byte()
    tasks.push({
      trial: (flags & TRIAL) !== 0,
      ordinal,
      counted: (flags & COUNTED) !== 0,
      succeeded: (flags & SUCCEEDED) !== 0,
      label: reader.float64(),
      rawValue: reader.float64(),
    })
  }
  return tasks
}

function writeMap(map: FeatureMap): void {
  const names = Object.keys(map)
  writer.varint(names.length)
  for (const name of names) {
    writer.text(name)
    writer.text(map[name])
  }
}

function readMap(reader: ByteReader): FeatureMap {
  const map: Record<string, string> = {}
  for (let left = reader.varint(); left > 0; left--) {
    const name = reader.text()
    map[name] = reader.text()
  }
  return map
}
