import { NO_COUNTS, type PartitionClock } from './fold-slice.ts'
import { metaKey } from './state-keys.ts'

/** What is kept with a partition's state, in store and changelog, besides what belongs to users. */
export interface PartitionMeta {
  /** Next input offset: the position that the state reflects. */
  readonly nextOffset: number
  readonly clock: PartitionClock
  /** Offset in model-bundles of the bundle in use, -1 for none; the swap is part of the state, so replay is exact. */
  readonly bundleOffset: number
}

export const META_KEY = metaKey('partition')
/** In the store alone: the log that the state belongs to. */
export const ORIGIN_KEY = metaKey('origin')

export function emptyMeta(): PartitionMeta {
  return { nextOffset: 0, clock: { streamTime: 0, counters: { ...NO_COUNTS } }, bundleOffset: -1 }
}

export function encodeMeta(meta: PartitionMeta): Uint8Array {
  return Buffer.from(JSON.stringify(meta))
}

export function decodeMeta(bytes: Uint8Array): PartitionMeta {
  return JSON.parse(Buffer.from(bytes).toString()) as PartitionMeta
}
