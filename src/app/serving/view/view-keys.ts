import type { UserId } from '../../../core/contracts/ids.ts'
import { encodeId } from '../../encode-id.ts'
import { userPrefix } from '../../tracker/state-keys.ts'

/** Keys of the view's store. The first byte is the kind; view-store.ts has one of its own. */
const STATE = 0x73 // s
const TRANSITION = 0x74 // t
const POSITION = 0x70 // p
const COUNTED = 0x61 // a
const SUMMARY = 0x63 // c
const COUNT = 0x6e // n
const SAMPLE = 0x65 // e

const LARGEST = 2n ** 63n - 1n

export const SUMMARY_KEY = Uint8Array.of(SUMMARY)
export const SAMPLE_KEY = Uint8Array.of(SAMPLE)
export const STATE_PREFIX = Uint8Array.of(STATE)
export const COUNT_PREFIX = Uint8Array.of(COUNT)

export function stateKey(userId: UserId): Uint8Array {
  return Buffer.concat([Uint8Array.of(STATE), encodeId(userId)])
}

export function countedUserKey(userId: UserId): Uint8Array {
  return Buffer.concat([Uint8Array.of(COUNTED), encodeId(userId)])
}

export function countKey(name: string): Uint8Array {
  return Buffer.concat([COUNT_PREFIX, Buffer.from(name)])
}

export function countNameOf(key: Uint8Array): string {
  return Buffer.from(key.subarray(COUNT_PREFIX.length)).toString()
}

/** Time and offset count down, so that the transitions of a user come the newest first. */
export function transitionKey(userId: UserId, eventTime: number, offset: number): Uint8Array {
  const order = Buffer.allocUnsafe(16)
  order.writeBigUInt64BE(LARGEST - BigInt(eventTime))
  order.writeBigUInt64BE(LARGEST - BigInt(offset), 8)
  return Buffer.concat([transitionPrefix(userId), order])
}

export function transitionPrefix(userId: UserId): Uint8Array {
  return userPrefix(TRANSITION, userId)
}

export function positionKey(topic: string, partition: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(POSITION), Buffer.from(`${topic}/${partition}`)])
}
