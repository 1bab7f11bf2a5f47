import type { EventId, UserId } from '../../core/contracts/ids.ts'
import { encodeId } from '../encode-id.ts'

/**
 * Keys of a partition's store and changelog. The first byte is the kind; users and impressions are in the changelog,
 * timers are not: they follow from the value they belong to.
 */
const encoder = new TextEncoder()
const decoder = new TextDecoder()

const USER = 0x75 // u
const IMPRESSION = 0x69 // i
const TIMER = 0x74 // t
const META = 0x6d // m

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
  const id = encoder.encode(impressionId)
  const prefix = impressionPrefix(userId)
  const key = new Uint8Array(prefix.length + id.length)
  key.set(prefix)
  key.set(id, prefix.length)
  return key
}

export function impressionPrefix(userId: UserId): Uint8Array {
  const user = encodeId(userId)
  const key = new Uint8Array(3 + user.length)
  key[0] = IMPRESSION
  key[1] = user.length >> 8
  key[2] = user.length & 255
  key.set(user, 3)
  return key
}

/** Due time big-endian, so that byte order is time order. */
export function timerKey({ due, userId, impressionId }: Timer): Uint8Array {
  const user = encodeId(userId)
  const impression = impressionId === null ? new Uint8Array(0) : encoder.encode(impressionId)
  const key = new Uint8Array(12 + user.length + impression.length)
  const view = new DataView(key.buffer)
  key[0] = TIMER
  view.setBigUint64(1, BigInt(due))
  key[9] = impressionId === null ? 0 : 1
  view.setUint16(10, user.length)
  key.set(user, 12)
  key.set(impression, 12 + user.length)
  return key
}

/** First key after every timer due at or before a time. */
export function afterTimersOf(timeMs: number): Uint8Array {
  const key = new Uint8Array(9)
  key[0] = TIMER
  new DataView(key.buffer).setBigUint64(1, BigInt(timeMs + 1))
  return key
}

export function parseTimerKey(key: Uint8Array): Timer {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  const userEnd = 12 + view.getUint16(10)
  return {
    due: Number(view.getBigUint64(1)),
    userId: decoder.decode(key.subarray(12, userEnd)) as UserId,
    impressionId: key[9] === 0 ? null : (decoder.decode(key.subarray(userEnd)) as EventId),
  }
}

export function metaKey(name: string): Uint8Array {
  return join(META, encodeId(name))
}

export function kindOfKey(key: Uint8Array): 'user' | 'impression' | 'timer' | 'meta' {
  switch (key[0]) {
    case USER:
      return 'user'
    case IMPRESSION:
      return 'impression'
    case TIMER:
      return 'timer'
    default:
      return 'meta'
  }
}

/** The user id in a user's or an impression's key. */
export function userIdOfKey(key: Uint8Array): UserId {
  const [from, to] = key[0] === USER ? [1, key.length] : [3, 3 + (key[1] << 8) + key[2]]
  return decoder.decode(key.subarray(from, to)) as UserId
}

/** First key after all keys that begin with the prefix. */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice()
  for (let at = end.length - 1; at >= 0; at--) {
    if (end[at] < 255) {
      end[at]++
      return end.subarray(0, at + 1)
    }
  }
  return new Uint8Array(64).fill(255)
}

function join(kind: number, rest: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + rest.length)
  key[0] = kind
  key.set(rest, 1)
  return key
}
