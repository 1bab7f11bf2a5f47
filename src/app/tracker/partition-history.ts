import { NO_SNAPSHOTS, type TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import { metaKey } from './state-keys.ts'

/**
 * With what a partition was tracked from an input offset on. It is in store and changelog under a key of its own, so it
 * outlives compaction, and a replay can do the same again.
 */
export interface HistoryEntry {
  /** First input offset that was tracked so. */
  readonly offset: number
  /** Where the input before it ended; less than `offset` where records were skipped, -1 at the very beginning. */
  readonly after: number
  /** Offset in model-bundles, -1 for none. */
  readonly bundleOffset: number
  /** Null where they are those of the entry before. */
  readonly settings: TrackerSettings | null
}

const NAME = 'history/'
const DIGITS = 16

/** All keys of entries lie from the first on and before the second. */
export const HISTORY_RANGE: readonly [Uint8Array, Uint8Array] = [metaKey(NAME), metaKey('history0')]

export function historyKey(offset: number): Uint8Array {
  return metaKey(`${NAME}${String(offset).padStart(DIGITS, '0')}`)
}

export function isHistoryKey(key: Uint8Array): boolean {
  return Buffer.compare(key, HISTORY_RANGE[0]) >= 0 && Buffer.compare(key, HISTORY_RANGE[1]) < 0
}

export function encodeHistory(entry: HistoryEntry): Uint8Array {
  return Buffer.from(JSON.stringify(entry))
}

export function decodeHistory(bytes: Uint8Array): HistoryEntry {
  const entry = JSON.parse(Buffer.from(bytes).toString()) as HistoryEntry
  if (!entry.settings || entry.settings.snapshots !== undefined) return entry
  // Of a version that kept no snapshots.
  return { ...entry, settings: { ...entry.settings, snapshots: NO_SNAPSHOTS } }
}

/** What a partition writes down of its history: an entry whenever bundle, settings or position are not what follows. */
export class HistoryWriter {
  #bundleOffset = -1
  /** JSON of the settings in use; empty before the first commit. */
  #settings = ''
  /** The object that `#settings` was made of: a tracker's never changes, and its text is not made anew for each commit. */
  #known: TrackerSettings | null = null
  #position: number

  /** `position` is the next input offset, -1 before the first commit; `entries` those stored so far, in order. */
  constructor(position: number, entries: readonly HistoryEntry[]) {
    this.#position = position
    for (const { bundleOffset, settings } of entries) {
      this.#bundleOffset = bundleOffset
      if (settings) this.#settings = JSON.stringify(settings)
    }
  }

  /** The entry that a slice from `offset` on needs, or null. `committed` says that it is stored. */
  entryAt(offset: number, bundleOffset: number, settings: TrackerSettings): HistoryEntry | null {
    const isNew = settings !== this.#known && JSON.stringify(settings) !== this.#settings
    if (!isNew) this.#known = settings
    if (!isNew && bundleOffset === this.#bundleOffset && offset === this.#position) return null
    return { offset, after: this.#position, bundleOffset, settings: isNew ? settings : null }
  }

  committed(entry: HistoryEntry | null, nextOffset: number): void {
    this.#position = nextOffset
    if (!entry) return
    this.#bundleOffset = entry.bundleOffset
    if (!entry.settings) return
    this.#settings = JSON.stringify(entry.settings)
    this.#known = null
  }
}
