import { activeModel } from '../../core/active-model.ts'
import type { UserId } from '../../core/contracts/ids.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { NO_SNAPSHOTS, type TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import type { ActiveModel } from '../../core/track-user.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { TOPICS } from '../topics.ts'
import { BundleFeed } from '../tracker/bundle-feed.ts'
import { foldSlice, NO_COUNTS, type PartitionClock, type SliceOutput } from '../tracker/fold-slice.ts'
import type { HeldUser } from '../tracker/held-user.ts'
import type { InputItem } from '../tracker/input-item.ts'
import { InputReader, type InputSlice } from '../tracker/input-reader.ts'
import { needsOf } from '../tracker/slice-needs.ts'
import { WorkingSet } from '../tracker/working-set.ts'
import type { HistoryStretch } from './history-reader.ts'

/** Records read, decoded and folded in one go. */
const CHUNK = 4096

/** Folds items into the working set, all at once or one by one with a look in between. */
export type FoldItems = (
  items: readonly InputItem[],
  fold: (items: readonly InputItem[]) => SliceOutput[],
  working: WorkingSet,
  model: ActiveModel,
) => SliceOutput[]

export interface PartitionReplayOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly partition: number
  /** Holds the replayed users; only they are in it, besides their impressions and timers. */
  readonly store: StateStore
  readonly stretches: readonly HistoryStretch[]
  readonly skips?: readonly { readonly from: number; readonly to: number }[]
  /** Whom to replay: of all others the events only move the stream time. Default everybody. */
  readonly only?: (userId: UserId) => boolean
  /** Where to begin, with a store that stands there. Default the first stretch's beginning, with an empty store. */
  readonly from?: { readonly offset: number; readonly streamTime: number }
  /** Settings in place of the recorded ones. */
  readonly settingsAt?: (recorded: TrackerSettings, streamTime: number) => TrackerSettings
  /** Whether snapshots are kept in `store` as the tracker keeps them. Default false. */
  readonly snapshots?: boolean
  readonly cachedUsers?: number
  readonly foldItems?: FoldItems
}

export interface ReplayedSlice {
  readonly items: readonly InputItem[]
  readonly outputs: readonly SliceOutput[]
  /** Users that the slice changed; null inside means erased. */
  readonly changed: readonly HeldUser[]
  /** Bundle and settings of the whole slice. */
  readonly model: ActiveModel
  readonly nextOffset: number
}

/**
 * Tracks the input of one partition again, as its changelog says that it was tracked: the same fold, timers and idle
 * advances from the log, bundles and settings from their recorded offsets. So states, outputs and their order are those
 * of the tracker, bit for bit. It only reads the log. In memory are one chunk of the input, the users kept decoded
 * (`cachedUsers`) and one bundle; everything else is in `store`.
 */
export class PartitionReplay {
  readonly clock: PartitionClock
  /** Next input offset. */
  position: number
  private readonly options: PartitionReplayOptions
  private readonly input: InputReader
  private readonly bundles: BundleFeed
  private working: WorkingSet | null = null
  private active: { readonly bundleOffset: number; readonly settings: string; readonly model: ActiveModel } | null =
    null
  private stretches: readonly HistoryStretch[]
  private skips: PartitionReplayOptions['skips']

  constructor(options: PartitionReplayOptions) {
    const { log, codecs, partition, stretches, from } = options
    this.options = options
    this.stretches = stretches
    this.skips = options.skips
    this.position = from?.offset ?? stretches[0]?.offset ?? 0
    this.clock = { streamTime: from?.streamTime ?? 0, counters: { ...NO_COUNTS } }
    this.input = new InputReader(log, codecs, partition)
    this.bundles = new BundleFeed(log, codecs)
  }

  /** The model at the position; null before the first slice. */
  get model(): ActiveModel | null {
    return this.active?.model ?? null
  }

  /** A live history has grown. */
  extend(stretches: readonly HistoryStretch[], skips: PartitionReplayOptions['skips']): void {
    this.stretches = stretches
    this.skips = skips
  }

  /**
   * Replays the next records, none at `end` or behind it, to which the log must reach, and none behind one that moves the stream time past
   * `untilMs`. Null when nothing is left. Throws LifecycleError `no-history` for records that the topic no longer has.
   */
  async step(end: number, untilMs = Infinity): Promise<ReplayedSlice | null> {
    await this.requireInput()
    this.skip()
    const { offset: stretchEnd } = this.stretches.find(({ offset }) => offset > this.position) ?? { offset: Infinity }
    const sliceEnd = Math.min(this.position + CHUNK, end, stretchEnd)
    if (sliceEnd <= this.position) return null
    const slice = await this.take(sliceEnd)
    const reach = slice.items.findIndex((item) => timeOf(item) > untilMs)
    if (reach === 0) return null
    const nextOffset = reach < 0 ? slice.nextOffset : slice.items[reach].offset
    // While this is folded, the next one is read and decoded.
    if (reach < 0) this.input.readAhead(nextOffset, Math.min(nextOffset + CHUNK, end, stretchEnd))
    const items = reach < 0 ? slice.items : slice.items.slice(0, reach)
    return this.fold(items, nextOffset)
  }

  /** Waits for records that the log has and has not yet fetched. */
  private async take(sliceEnd: number): Promise<InputSlice> {
    for (;;) {
      const changed = this.options.log.changed()
      const slice = await this.input.take(this.position, sliceEnd)
      if (slice.nextOffset > sliceEnd) return before(sliceEnd, slice)
      if (slice.nextOffset > this.position) return slice
      await changed
    }
  }

  private async fold(all: readonly InputItem[], nextOffset: number): Promise<ReplayedSlice> {
    const { partition, only, store, foldItems = (rest, fold) => fold(rest) } = this.options
    const model = await this.modelHere()
    const working = this.working!
    const items = only ? all.flatMap((item) => seenBy(item, only)) : all
    await working.load(needsOf(items, this.clock.streamTime))
    const position = { topic: TOPICS.interactions, partition }
    const outputs = foldItems(items, (rest) => foldSlice(rest, working, this.clock, model, position), working, model)
    const changed = [...working.changedUsers()]
    await store.apply({
      entries: [...working.changedEntries(), ...working.timers.entries()],
      position: { nextOffset, changelogOffset: 0 },
    })
    working.finish(this.clock.streamTime)
    this.position = nextOffset
    return { items, outputs, changed, model, nextOffset }
  }

  private async modelHere(): Promise<ActiveModel> {
    const { settingsAt, partition, store, snapshots = false, cachedUsers = 10_000 } = this.options
    const stretch = this.stretches.findLast(({ offset }) => offset <= this.position) ?? this.stretches[0]
    const settings = settingsAt?.(stretch.settings, this.clock.streamTime) ?? stretch.settings
    const { bundleOffset } = stretch
    const wanted = JSON.stringify(settings)
    if (this.active?.bundleOffset === bundleOffset && this.active.settings === wanted) return this.active.model
    const used = await this.bundles.seek(bundleOffset)
    if (!used && bundleOffset >= 0) {
      throw new LifecycleError(
        'no-history',
        `Cannot replay partition ${partition} of ${TOPICS.interactions}: ${TOPICS.modelBundles} has no bundle at offset ${bundleOffset}, which its changelog names`,
      )
    }
    // Under other windows what is kept decoded is of no use.
    if (this.active?.settings !== wanted) {
      const kept = snapshots ? settings.snapshots : NO_SNAPSHOTS
      this.working = new WorkingSet({ store, cachedUsers, windows: settings.joiner, snapshots: kept })
    }
    this.active = { bundleOffset, settings: wanted, model: activeModel(settings, used?.bundle ?? null) }
    return this.active.model
  }

  private skip(): void {
    const skipped = this.skips?.find(({ from, to }) => from <= this.position && this.position < to)
    if (skipped) this.position = skipped.to
  }

  private async requireInput(): Promise<void> {
    const { log, partition } = this.options
    const start = await log.startOffset(TOPICS.interactions, partition)
    if (this.position >= start) return
    throw new LifecycleError(
      'no-history',
      `Cannot replay partition ${partition} of ${TOPICS.interactions} from offset ${this.position}: retention has taken the records before ${start}`,
    )
  }
}

/** A log with gaps, such as the marks of Kafka's transactions, gives as many records as are asked for, and so some too far. */
function before(end: number, slice: InputSlice): InputSlice {
  return {
    records: slice.records.filter(({ offset }) => offset < end),
    items: slice.items.filter(({ offset }) => offset < end),
    nextOffset: end,
  }
}

/** Event time of an item that moves the stream time. */
function timeOf(item: InputItem): number {
  if (item.kind === 'interaction') return item.interaction.eventTime
  return item.kind === 'advance' ? item.timeMs : -Infinity
}

/** What an item is to users of whom it may not be one: others' events only move the stream time. */
function seenBy(item: InputItem, only: (userId: UserId) => boolean): InputItem[] {
  switch (item.kind) {
    case 'interaction':
      if (only(item.interaction.userId)) return [item]
      return [{ kind: 'advance', offset: item.offset, timeMs: item.interaction.eventTime }]
    case 'advance':
      return [item]
    case 'erasure':
      return only(item.userId) ? [item] : []
    case 'unusable':
      return []
  }
}
