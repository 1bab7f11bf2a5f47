import { hashString } from '../core/statistics/hash-string.ts'

/** Partition of a user: all of a user's records lie in one partition, on every topic keyed by user. */
export function partitionOf(userId: string, partitions: number): number {
  return partitions === 1 ? 0 : hashString(userId, 0) % partitions
}
