import type { EventId, UserId } from '../../core/contracts/ids.ts'
import { encodeId } from '../encode-id.ts'

/**
 * Keys of a partition's store and changelog. The first byte is the kind; users, impressions and snapshots are in the
 * changelog, timers are not: they follow from the value they belong to.
 *
 *     u userId                        state of a user
 *     i length userId impressionId    impression that waits for outcomes
 *     s length userId                 which snapshot of the user is the newest
 *     s length userId place           snapshot; the one with ordinal n is at place n mod `kept`
 *     t due 0|1 length userId [impressionId]
 *     m name                          position, clock, history, origin
 *
 * The places of a user's snapshots are a ring: a new one overwrites the oldest, so nothing has to be deleted by its age,
 * and a snapshot goes the way of all other values: one commit, changelog, standby, restore, erasure.
 */
const USER = 0x75 // u
const IMPRESSION = 0x69 // i
const SNAPSHOT = 0x73 // s
const TIMER = 0x74 // t
const META = 0x6d // m

const TWO_TO_32 = 4294967296

export interface Timer {
  readonly due: number
  readonly userId: UserId
  /** Null for the user's own timer. */
  readonly impressionId: EventId | null
}

export function userKey(userId: UserId): Uint8Array {
  return join(USER, encodeId(userId))
}

/** The user id comes first with its length, so that one range holds all impressions of a user. */
export function impressionKey(userId: UserId, impressionId: EventId): Uint8Array {
  const user = encodeId(userId)
  const idBytes = Buffer.byteLength(impressionId)
  const key = Buffer.allocUnsafe(3 + user.length + idBytes)
  writeUserPrefix(key, IMPRESSION, user)
  key.write(impressionId, 3 + user.length)
  return key
}

export function impressionPrefix(userId: UserId): Uint8Array {
  return userPrefix(IMPRESSION, userId)
}

/** Key of what is the newest snapshot of a user, and the beginning of the keys of all of them. */
export function snapshotPrefix(userId: UserId): Uint8Array {
  return userPrefix(SNAPSHOT, userId)
}

/** `place` is from 0 to 255. */
export function snapshotKey(userId: UserId, place: number): Uint8Array {
  return Buffer.concat([snapshotPrefix(userId), Buffer.of(place)])
}

/** The place in a snapshot's key; null in the key of what is the newest. */
export function snapshotPlaceOfKey(bytes: Uint8Array): number | null {
  const prefixEnd = 3 + bytes[1] * 256 + bytes[2]
  return bytes.length > prefixEnd ? bytes[prefixEnd] : null
}

/** Kind, and the user id with its length: what all keys of the kind that belong to the user begin with, and no others. */
export function userPrefix(kind: number, userId: UserId): Uint8Array {
  const user = encodeId(userId)
  const key = Buffer.allocUnsafe(3 + user.length)
  writeUserPrefix(key, kind, user)
  return key
}

/** Due time big-endian, so that byte order is time order. */
export function timerKey({ due, userId, impressionId }: Timer): Uint8Array {
  const user = encodeId(userId)
  const idBytes = impressionId === null ? 0 : Buffer.byteLength(impressionId)
  const key = Buffer.allocUnsafe(12 + user.length + idBytes)
  key[0] = TIMER
  writeTime(key, due)
  key[9] = impressionId === null ? 0 : 1
  key[10] = user.length >> 8
  key[11] = user.length & 255
  key.set(user, 12)
  if (impressionId !== null) key.write(impressionId, 12 + user.length)
  return key
}

/** First key after every timer due at or before a time. */
export function afterTimersOf(timeMs: number): Uint8Array {
  const key = Buffer.allocUnsafe(9)
  key[0] = TIMER
  writeTime(key, timeMs + 1)
  return key
}

export function parseTimerKey(bytes: Uint8Array): Timer {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const userEnd = 12 + key.readUInt16BE(10)
  return {
    due: key.readUInt32BE(1) * TWO_TO_32 + key.readUInt32BE(5),
    userId: key.toString('utf8', 12, userEnd) as UserId,
    impressionId: key[9] === 0 ? null : (key.toString('utf8', userEnd) as EventId),
  }
}

export function metaKey(name: string): Uint8Array {
  return join(META, encodeId(name))
}

export function kindOfKey(key: Uint8Array): 'user' | 'impression' | 'snapshot' | 'timer' | 'meta' {
  switch (key[0]) {
    case USER:
      return 'user'
    case IMPRESSION:
      return 'impression'
    case SNAPSHOT:
      return 'snapshot'
    case TIMER:
      return 'timer'
    default:
      return 'meta'
  }
}

/** The user id in the key of a user, an impression or a snapshot. */
export function userIdOfKey(bytes: Uint8Array): UserId {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [from, to] = key[0] === USER ? [1, key.length] : [3, 3 + key.readUInt16BE(1)]
  return key.toString('utf8', from, to) as UserId
}

/** The impression id in an impression's key. */
export function impressionIdOfKey(bytes: Uint8Array): EventId {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return key.toString('utf8', 3 + key.readUInt16BE(1)) as EventId
}

/** First key after all keys that begin with the prefix. */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  // A copy: Buffer's own slice would share the bytes.
  const end = Uint8Array.from(prefix)
  for (let at = end.length - 1; at >= 0; at--) {
    if (end[at] < 255) {
      end[at]++
      return end.subarray(0, at + 1)
    }
  }
  return new Uint8Array(64).fill(255)
}

function writeUserPrefix(key: Buffer, kind: number, user: Uint8Array): void {
  key[0] = kind
  key[1] = user.length >> 8
  key[2] = user.length & 255
  key.set(user, 3)
}

/** Unix ms at bytes 1 to 8, big-endian. In two halves: a BigInt would be an object for each key. */
function writeTime(key: Buffer, timeMs: number): void {
  key.writeUInt32BE(Math.floor(timeMs / TWO_TO_32), 1)
  key.writeUInt32BE(timeMs % TWO_TO_32, 5)
}

function join(kind: number, rest: Uint8Array): Uint8Array {
  const key = Buffer.allocUnsafe(1 + rest.length)
  key[0] = kind
  key.set(rest, 1)
  return key
}
