import { activeModel } from '../../core/active-model.ts'
import type { UserId } from '../../core/contracts/ids.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import { publishUserState } from '../../core/publish-user-state.ts'
import type { ActiveModel } from '../../core/track-user.ts'
import type { Log, LogWriter, OutputRecord, ReadRecord } from '../../io/log/log.ts'
import { attemptOf, deadLetterHeaders } from '../../io/schemas/dead-letter-headers.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { encodeId } from '../encode-id.ts'
import type { Instruments } from '../observability/instruments.ts'
import { readTraceparent, TRACEPARENT } from '../observability/traceparent.ts'
import { type OpenSpan, traced } from '../observability/tracing.ts'
import { TOPICS } from '../topics.ts'
import { BundleFeed, type FedBundle } from './bundle-feed.ts'
import { foldSlice, type PartitionClock, type SliceOutput } from './fold-slice.ts'
import { InputReader, type InputSlice } from './input-reader.ts'
import { originEntry, type RestoreProgress, restoreStore } from './restore-store.ts'
import { emptyMeta, encodeMeta, META_KEY } from './partition-meta.ts'
import { decodeHistory, encodeHistory, HISTORY_RANGE, historyKey, HistoryWriter } from './partition-history.ts'
import { needsOf } from './slice-needs.ts'
import { beginSlice, tracesByUser, withTraceOf } from './slice-traces.ts'
import { sweepTimers } from './sweep-timers.ts'
import { WorkingSet } from './working-set.ts'

export interface PartitionTrackerOptions {
  readonly log: Log
  readonly store: StateStore
  readonly codecs: RecordCodecs
  readonly settings: TrackerSettings
  readonly group: string
  readonly partition: number
  /** Input records of one commit. Slices end at multiples of it, so that a replay commits at the same places. */
  readonly sliceSize: number
  /** Users of this partition kept decoded between slices, and as many open impressions. */
  readonly cachedUsers: number
  readonly instruments?: Instruments
  /** Whether outputs get the traceparent header of the input that they came from. */
  readonly carryTraceparent?: boolean
  readonly onRestore?: (progress: RestoreProgress) => void
  /** What to do when the input no longer has the records at the stored position. Default `fail`. */
  readonly positionBelowStart?: 'fail' | 'earliest' | 'latest'
}

/**
 * The tracker of one input partition: reads a slice, folds it, commits outputs, changelog and position in one
 * transaction, then moves its store. Bundles are swapped in between commits. One step runs at a time.
 */
export class PartitionTracker {
  private readonly options: PartitionTrackerOptions
  private readonly working: WorkingSet
  private readonly input: InputReader
  private readonly bundles: BundleFeed
  private writer: LogWriter | null = null
  private position = 0
  private clock = emptyMeta().clock
  private usedBundleOffset = -1
  private bundleEventTime = 0
  private history = new HistoryWriter(-1, [])
  private model: ActiveModel
  /** False from the failure of a step until its work is undone. */
  private restored = false

  private constructor(options: PartitionTrackerOptions) {
    this.options = options
    this.working = new WorkingSet({
      store: options.store,
      cachedUsers: options.cachedUsers,
      windows: options.settings.joiner,
      snapshots: options.settings.snapshots,
    })
    this.input = new InputReader(options.log, options.codecs, options.partition)
    this.bundles = new BundleFeed(options.log, options.codecs)
    this.model = activeModel(options.settings, null)
  }

  /** Takes the partition over, restores its store and loads the bundle that the state names. */
  static async open(options: PartitionTrackerOptions): Promise<PartitionTracker> {
    const tracker = new PartitionTracker(options)
    await tracker.restore()
    return tracker
  }

  get counters(): PartitionClock['counters'] {
    return this.clock.counters
  }

  get streamTime(): number {
    return this.clock.streamTime
  }

  /** Event time from the newest example that the bundle in use has seen to the newest event, ms; null without one. */
  get modelAgeMs(): number | null {
    return this.bundleEventTime === 0 ? null : Math.max(0, this.clock.streamTime - this.bundleEventTime)
  }

  get cacheLookups(): { readonly hits: number; readonly misses: number } {
    return this.working.lookups
  }

  get bundleVersion(): number {
    return this.model.bundleVersion
  }

  /** Of the bundle in use, to which a restart goes back; -1 before the first. */
  get bundleOffset(): number {
    return this.usedBundleOffset
  }

  get nextOffset(): number {
    return this.position
  }

  /**
   * Processes the next slice and returns how many records it held: 0 when there is no input, or when the slice is not
   * full and `partial` is false. When a step fails, its work is undone, and the next one goes on from where the log
   * stands.
   */
  async step({ partial }: { partial: boolean }): Promise<number> {
    const { log, partition, sliceSize } = this.options
    if (!this.restored) await this.restore()
    const sliceEnd = (Math.floor(this.position / sliceSize) + 1) * sliceSize
    // Asked first: a slice that is not full would be decoded again and again while it grows.
    if (!partial && (await log.endOffset(TOPICS.interactions, partition)) < sliceEnd) return 0
    const slice = await this.input.take(this.position, sliceEnd)
    if (slice.nextOffset === this.position || (slice.nextOffset < sliceEnd && !partial)) return 0
    try {
      await this.swapBundle()
      await this.processTraced(slice)
    } catch (error) {
      this.restored = false
      this.working.abandon()
      // Somebody else has the partition now.
      if (error instanceof LifecycleError && error.code === 'fenced') throw error
      // The first error counts; where this fails too, the next step begins with it.
      await this.restore().catch(() => {})
      throw error
    }
    const consumed = slice.nextOffset - this.position
    this.position = slice.nextOffset
    return consumed
  }

  /** Between steps: takes what still waits for erased users out of the store, and all that was deleted off the disk. */
  async forget(erased: ReadonlySet<UserId>): Promise<void> {
    const { store } = this.options
    await sweepTimers(store, erased)
    await store.purge?.()
  }

  /** Gives writer and store back. The step under way must have ended. */
  async close(): Promise<void> {
    await this.writer?.close()
    await this.options.store.close()
  }

  private async processTraced(slice: InputSlice): Promise<void> {
    const { partition, instruments } = this.options
    const traces = instruments?.tracing.isOn ? beginSlice(instruments.tracing, partition, slice) : null
    try {
      await traced(traces?.slice ?? null, () => this.process(slice, traces?.slice ?? null))
    } finally {
      for (const input of traces?.inputs ?? []) input.end()
    }
    const traceId = traces?.slice?.parent.traceId
    instruments?.logger?.debug({ partition, offset: slice.nextOffset, ...(traceId && { traceId }) }, 'slice')
  }

  private async process({ records, items, nextOffset }: InputSlice, span: OpenSpan | null): Promise<void> {
    const { log, store, group, partition, sliceSize } = this.options
    const position = { topic: TOPICS.interactions, partition }
    await this.working.load(needsOf(items, this.clock.streamTime))
    const outputs = foldSlice(items, this.working, this.clock, this.model, position)

    const meta = encodeMeta({ nextOffset, clock: this.clock, bundleOffset: this.usedBundleOffset })
    const history = this.history.entryAt(this.position, this.usedBundleOffset, this.options.settings)
    const entries: StoreEntry[] = this.working.changedEntries()
    if (history) entries.push({ key: historyKey(history.offset), value: encodeHistory(history) })
    entries.push({ key: META_KEY, value: meta })
    const published = this.outputRecords(outputs, records)
    this.addStateRecords(published, records)
    for (const { key, value } of entries) {
      published.push({ topic: TOPICS.changelog, partition, key, value, timestamp: this.clock.streamTime })
    }
    const startedMs = performance.now()
    const committed = this.writer!.commit({ group, outputs: published, positions: [{ ...position, nextOffset }] })
    // While the log writes, the next slice is read and decoded.
    this.input.readAhead(nextOffset, nextOffset + sliceSize)
    // The last output is the end of the changelog.
    const commit =
      span &&
      this.options.instruments?.tracing.begin('tracker commit', { 'stan.outputs': published.length }, span.parent)
    const changelogOffset = (await traced(commit ?? null, () => committed)).at(-1)! + 1
    this.options.instruments?.committed('tracker', (performance.now() - startedMs) / 1000, records, Date.now())
    await store.apply({
      entries: [...entries, ...this.working.timers.entries(), originEntry(log, partition)],
      position: { nextOffset, changelogOffset },
    })
    this.working.finish(this.clock.streamTime)
    this.history.committed(history, nextOffset)
  }

  /** The newest bundle of the ranker takes effect from this slice on, and is recorded with its commit. */
  private async swapBundle(): Promise<void> {
    const newest = await this.bundles.newest()
    if (newest) this.useBundle(newest)
  }

  private useBundle({ offset, bundle }: FedBundle): void {
    this.model = activeModel(this.options.settings, bundle)
    this.bundleEventTime = bundle.eventTime
    this.usedBundleOffset = offset
  }

  private async restore(): Promise<void> {
    const { log, store, settings, partition, onRestore } = this.options
    await this.writer?.close()
    // First of all: from here on no earlier owner adds to the changelog.
    this.writer = await log.openWriter(`${this.options.group}-${partition}`)
    const meta = await restoreStore(log, store, partition, settings.joiner, onRestore ?? (() => {}))
    this.position = await this.startingPosition(meta.nextOffset)
    const recorded = await store.range(...HISTORY_RANGE, Number.MAX_SAFE_INTEGER)
    const isNew = (await store.get(META_KEY)) === null
    this.history = new HistoryWriter(
      isNew ? -1 : meta.nextOffset,
      recorded.map(({ value }) => decodeHistory(value)),
    )
    this.clock = meta.clock
    this.usedBundleOffset = -1
    this.model = activeModel(settings, null)
    this.bundleEventTime = 0
    const used = await this.bundles.seek(meta.bundleOffset)
    if (used) this.useBundle(used)
    this.restored = true
  }

  /** The stored position, or another where retention has taken the records there. Throws `position-below-start`. */
  private async startingPosition(stored: number): Promise<number> {
    const { log, partition, positionBelowStart = 'fail' } = this.options
    const start = await log.startOffset(TOPICS.interactions, partition)
    if (stored >= start) return stored
    // Nothing has been tracked yet, so nothing is missing.
    if (stored === 0 || positionBelowStart === 'earliest') return start
    if (positionBelowStart === 'latest') return log.endOffset(TOPICS.interactions, partition)
    throw new LifecycleError(
      'position-below-start',
      `Cannot go on with partition ${partition} of ${TOPICS.interactions}: its state stands at offset ${stored}, ` +
        `the topic begins at ${start}; kafka.positionBelowStart says what to do`,
    )
  }

  /** With the trace of the user's last input in the slice. */
  private addStateRecords(records: OutputRecord[], inputs: readonly ReadRecord[]): void {
    const { codecs, partition } = this.options
    const source = { topic: TOPICS.interactions, partition }
    const traces = this.options.carryTraceparent ? tracesByUser(inputs) : null
    for (const { userId, user } of this.working.changedUsers()) {
      const traceparent = traces?.get(userId)
      records.push({
        topic: TOPICS.userStates,
        partition,
        key: encodeId(userId),
        value: user ? codecs.userState.encode(publishUserState(user, source, this.model)) : null,
        timestamp: user?.state.lastEventTime ?? this.clock.streamTime,
        ...(traceparent && { headers: { [TRACEPARENT]: traceparent } }),
      })
    }
  }

  /** Both lists are in the order of the input. */
  private outputRecords(outputs: readonly SliceOutput[], inputs: readonly ReadRecord[]): OutputRecord[] {
    const records: OutputRecord[] = []
    let at = 0
    for (const { offset, output } of outputs) {
      while (inputs[at].offset < offset) at++
      const made = this.outputRecord(output, inputs[at])
      const record = this.options.carryTraceparent ? withTraceOf(inputs[at], made) : made
      records.push(record)
      // Who keeps the transitions or the alerts of users learns of an erasure in their order.
      if (output.kind === 'erased') {
        records.push({ ...record, topic: TOPICS.stageTransitions }, { ...record, topic: TOPICS.lifecycleAlerts })
      }
    }
    return records
  }

  private outputRecord(output: SliceOutput['output'], input: ReadRecord): OutputRecord {
    const { codecs, partition } = this.options
    const timestamp = input.timestamp
    switch (output.kind) {
      case 'example': {
        const { example } = output
        const value = codecs.trainingExample.encode(example)
        return { topic: TOPICS.trainingExamples, partition, key: encodeId(example.userId), value, timestamp }
      }
      case 'transition': {
        const { transition } = output
        const value = codecs.stageTransition.encode(transition)
        this.options.instruments?.moved(transition.from, transition.to)
        return { topic: TOPICS.stageTransitions, partition, key: encodeId(transition.userId), value, timestamp }
      }
      case 'alert': {
        const { alert } = output
        const value = codecs.lifecycleAlert.encode(alert)
        return { topic: TOPICS.lifecycleAlerts, partition, key: encodeId(alert.subject), value, timestamp }
      }
      case 'erased':
        // The ranker drops the user's embedding row and statistics when it comes to this tombstone.
        return { topic: TOPICS.trainingExamples, partition, key: encodeId(output.userId), value: null, timestamp }
      case 'rejection': {
        const { cause, field, reason } = output
        const traceId = readTraceparent(input.headers?.[TRACEPARENT])?.traceId
        this.options.instruments?.deadLetter(cause, { partition, offset: input.offset, ...(traceId && { traceId }) })
        const bytes = input.value ?? new Uint8Array(0)
        const origin = `${TOPICS.interactions}/${partition}@${input.offset}`
        const letter = { cause, field, reason, origin, bytes, byteLength: bytes.length }
        const headers = deadLetterHeaders(letter, {
          headers: input.headers,
          timestamp,
          attempt: attemptOf(input.headers),
        })
        return { topic: TOPICS.deadLetters, partition, key: input.key, value: bytes, headers, timestamp }
      }
    }
  }
}
