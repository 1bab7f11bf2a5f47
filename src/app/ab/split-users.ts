import { userIdOf } from '../../core/simulator/world.ts'
import { hashString } from '../../core/statistics/hash-string.ts'

const SPLIT_SEED = 0x5eed

/** Users (U) split into `count` groups by a hash of their ids, keyed by the seed; nothing else about a user counts. */
export function splitUsers(userCount: number, count: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: userCount }, (_, user) => hashString(userIdOf(user), seed ^ SPLIT_SEED) % count)
}
