import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import type { Log, ReadRecord } from '../../io/log/log.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import { decodeHistory, type HistoryEntry, isHistoryKey } from '../tracker/partition-history.ts'
import { decodeMeta, emptyMeta, META_KEY, type PartitionMeta } from '../tracker/partition-meta.ts'

const CHUNK = 2000

/** Settings and bundle of a stretch of the input; it ends where the next one begins. */
export interface HistoryStretch {
  readonly offset: number
  readonly bundleOffset: number
  readonly settings: TrackerSettings
}

/**
 * What a partition's changelog says about how it was tracked, followed as it grows. Reading takes one pass over the
 * changelog and keeps a few hundred bytes a bundle.
 */
export class HistoryReader {
  readonly partition: number
  readonly #log: Log
  readonly #entries = new Map<number, HistoryEntry>()
  #meta: PartitionMeta = emptyMeta()
  #next = 0

  constructor(log: Log, partition: number) {
    this.#log = log
    this.partition = partition
  }

  /** Where the tracker stood at its last commit that has been read. */
  get meta(): PartitionMeta {
    return this.#meta
  }

  /** Next offset of the changelog. */
  get position(): number {
    return this.#next
  }

  /** Takes over what the changelog holds by now; `take` sees every record. */
  async follow(take: (records: readonly ReadRecord[]) => void | Promise<void> = () => {}): Promise<void> {
    const end = await this.#log.endOffset(TOPICS.changelog, this.partition)
    for await (const slice of readTo(this.#log, TOPICS.changelog, this.partition, this.#next, end, CHUNK)) {
      for (const { key, value } of slice.records) if (key && value) this.#add(key, value)
      await take(slice.records)
      this.#next = slice.nextOffset
    }
  }

  /**
   * The stretches from the first tracked record on, in order. Throws LifecycleError `no-history` when the beginning is
   * not told, or records were skipped on the way, and an exact replay cannot be had.
   */
  stretches(): HistoryStretch[] {
    const [first] = this.#sorted()
    const cannot = (why: string) =>
      new LifecycleError('no-history', `Cannot replay partition ${this.partition} of ${TOPICS.interactions}: ${why}`)
    if (!first) {
      if (this.#meta.nextOffset === 0) return []
      throw cannot('its changelog does not say which bundles were used; an earlier version wrote it')
    }
    if (first.after !== -1 || !first.settings) {
      throw cannot(
        `its changelog says only from offset ${first.offset} on which bundles were used; an earlier version wrote the rest`,
      )
    }
    return this.knownStretches()
  }

  /** The stretches from the first one on whose settings are told; an exact replay may begin in any of them. */
  knownStretches(): HistoryStretch[] {
    let settings: TrackerSettings | null = null
    const stretches: HistoryStretch[] = []
    for (const entry of this.#sorted()) {
      settings = entry.settings ?? settings
      if (settings) stretches.push({ offset: entry.offset, bundleOffset: entry.bundleOffset, settings })
    }
    return stretches
  }

  /** Records [from, to) that were never tracked, because the topic had lost the ones before them. */
  skips(): readonly { readonly from: number; readonly to: number }[] {
    return [...this.#entries.values()]
      .filter(({ after, offset }) => after >= 0 && after < offset)
      .map(({ after, offset }) => ({ from: after, to: offset }))
  }

  #sorted(): HistoryEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.offset - b.offset)
  }

  #add(key: Uint8Array, value: Uint8Array): void {
    if (isHistoryKey(key)) {
      const entry = decodeHistory(value)
      this.#entries.set(entry.offset, entry)
    } else if (Buffer.compare(key, META_KEY) === 0) this.#meta = decodeMeta(value)
  }
}
