import type { UserId } from '../../core/contracts/ids.ts'
import { encodeId } from '../encode-id.ts'

/** Keys of the view's store. The first byte is the kind. */
const STATE = 0x73 // s
const TRANSITION = 0x74 // t
const POSITION = 0x70 // p
const COUNTS = 0x63 // c
const ORIGIN = 0x6f // o

export const COUNTS_KEY = Uint8Array.of(COUNTS)
export const ORIGIN_KEY = Uint8Array.of(ORIGIN)

export function stateKey(userId: UserId): Uint8Array {
  return Buffer.concat([Uint8Array.of(STATE), encodeId(userId)])
}

/** The user id comes first with its length, so that one range holds the transitions of a user, the oldest first. */
export function transitionKey(userId: UserId, eventTime: number, offset: number): Uint8Array {
  const order = Buffer.alloc(16)
  order.writeBigUInt64BE(BigInt(eventTime))
  order.writeBigUInt64BE(BigInt(offset), 8)
  return Buffer.concat([transitionPrefix(userId), order])
}

export function transitionPrefix(userId: UserId): Uint8Array {
  const user = encodeId(userId)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(user.length)
  return Buffer.concat([Uint8Array.of(TRANSITION), length, user])
}

/** Behind every key that begins with the prefix of a user's transitions: their time is below 2^63. */
export function behindTransitions(userId: UserId): Uint8Array {
  return Buffer.concat([transitionPrefix(userId), Uint8Array.of(0xff)])
}

export function positionKey(topic: string, partition: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(POSITION), Buffer.from(`${topic}/${partition}`)])
}
