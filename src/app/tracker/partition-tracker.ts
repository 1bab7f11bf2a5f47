import { Extractor } from '../../core/attention/extractor.ts'
import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import { publishUserState } from '../../core/publish-user-state.ts'
import type { ActiveModel } from '../../core/track-user.ts'
import { buildTrackerModel } from '../../core/user-state/tracker-model.ts'
import type { Log, OutputRecord, ReadRecord } from '../../io/log/log.ts'
import { deadLetterHeaders } from '../../io/schemas/dead-letter-headers.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { encodeId } from '../encode-id.ts'
import { TOPICS } from '../topics.ts'
import { foldSlice, NO_COUNTS, type PartitionClock, type SliceOutput } from './fold-slice.ts'
import { InputReader, type InputSlice } from './input-reader.ts'
import { restoreStore } from './restore-store.ts'
import { metaKey } from './state-keys.ts'
import { needsOf } from './slice-needs.ts'
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
  readonly cachedUsers: number
}

/** What is kept with the state besides users and impressions. */
interface PartitionMeta {
  readonly clock: PartitionClock
  /** Offset in model-bundles of the bundle in use, -1 for none; the swap is part of the state, so replay is exact. */
  readonly bundleOffset: number
}

const META_KEY = metaKey('partition')
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * The tracker of one input partition: reads a slice, folds it, commits outputs, changelog and position in one
 * transaction, then moves its store. Bundles are swapped in between commits. One step runs at a time.
 */
export class PartitionTracker {
  private readonly options: PartitionTrackerOptions
  private readonly working: WorkingSet
  private readonly input: InputReader
  private position = 0
  private clock: PartitionClock = { streamTime: 0, counters: { ...NO_COUNTS } }
  private bundleOffset = -1
  private model: ActiveModel
  /** False from the failure of a step until its work is undone. */
  private restored = false

  private constructor(options: PartitionTrackerOptions) {
    this.options = options
    this.working = new WorkingSet({
      store: options.store,
      cachedUsers: options.cachedUsers,
      windows: options.settings.joiner,
    })
    this.input = new InputReader(options.log, options.codecs, options.partition)
    this.model = activeModel(options.settings, null)
  }

  /** Restores the store to the committed position and loads the bundle that the state names. */
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

  get bundleVersion(): number {
    return this.model.bundleVersion
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
    const { sliceSize } = this.options
    if (!this.restored) await this.restore()
    const sliceEnd = (Math.floor(this.position / sliceSize) + 1) * sliceSize
    const slice = await this.input.take(this.position, sliceEnd)
    if (slice.nextOffset === this.position || (slice.nextOffset < sliceEnd && !partial)) return 0
    try {
      await this.swapBundle()
      await this.process(slice)
    } catch (error) {
      this.restored = false
      this.working.abandon()
      // The first error counts; where this fails too, the next step begins with it.
      await this.restore().catch(() => {})
      throw error
    }
    const consumed = slice.nextOffset - this.position
    this.position = slice.nextOffset
    return consumed
  }

  private async process({ records, items, nextOffset }: InputSlice): Promise<void> {
    const { log, store, group, partition, sliceSize } = this.options
    const position = { topic: TOPICS.interactions, partition }
    await this.working.load(needsOf(items, this.clock.streamTime))
    const outputs = foldSlice(items, this.working, this.clock, this.model, position)

    const meta: PartitionMeta = { clock: this.clock, bundleOffset: this.bundleOffset }
    const entries: StoreEntry[] = [
      ...this.working.changedEntries(),
      { key: META_KEY, value: encoder.encode(JSON.stringify(meta)) },
    ]
    const published = this.outputRecords(outputs, records)
    this.addStateRecords(published)
    for (const { key, value } of entries) {
      published.push({ topic: TOPICS.changelog, partition, key, value, timestamp: this.clock.streamTime })
    }
    const committed = log.commit({ group, outputs: published, positions: [{ ...position, nextOffset }] })
    // While the log writes, the next slice is read and decoded.
    this.input.readAhead(nextOffset, nextOffset + sliceSize)
    await committed
    const changelogOffset = await log.endOffset(TOPICS.changelog, partition)
    await store.apply({
      entries: [...entries, ...this.working.timers.entries()],
      position: { nextOffset, changelogOffset },
    })
    this.working.finish(this.clock.streamTime)
  }

  /** The newest bundle of the ranker takes effect from this slice on, and is recorded with its commit. */
  private async swapBundle(): Promise<void> {
    const end = await this.options.log.endOffset(TOPICS.modelBundles, 0)
    if (end - 1 > this.bundleOffset) await this.useBundle(end - 1)
  }

  private async useBundle(offset: number): Promise<void> {
    const { log, codecs, settings } = this.options
    const { records } = await log.read(TOPICS.modelBundles, 0, offset, 1)
    this.model = activeModel(settings, codecs.modelBundle.decodeOwn(records[0].value!))
    this.bundleOffset = offset
  }

  private async restore(): Promise<void> {
    const { log, store, settings, group, partition } = this.options
    this.position = await restoreStore(log, store, group, partition, settings.joiner)
    const stored = await store.get(META_KEY)
    const meta: PartitionMeta = stored
      ? (JSON.parse(decoder.decode(stored)) as PartitionMeta)
      : { clock: { streamTime: 0, counters: { ...NO_COUNTS } }, bundleOffset: -1 }
    this.clock = meta.clock
    this.bundleOffset = -1
    this.model = activeModel(this.options.settings, null)
    if (meta.bundleOffset >= 0) await this.useBundle(meta.bundleOffset)
    this.restored = true
  }

  private addStateRecords(records: OutputRecord[]): void {
    const { codecs, partition } = this.options
    const source = { topic: TOPICS.interactions, partition }
    for (const { userId, user } of this.working.changedUsers()) {
      records.push({
        topic: TOPICS.userStates,
        partition,
        key: encodeId(userId),
        value: user ? codecs.userState.encode(publishUserState(user, source, this.model)) : null,
        timestamp: user?.state.lastEventTime ?? this.clock.streamTime,
      })
    }
  }

  /** Both lists are in the order of the input. */
  private outputRecords(outputs: readonly SliceOutput[], inputs: readonly ReadRecord[]): OutputRecord[] {
    const records: OutputRecord[] = []
    let at = 0
    for (const { offset, output } of outputs) {
      while (inputs[at].offset < offset) at++
      records.push(this.outputRecord(output, inputs[at]))
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
        const bytes = input.value ?? new Uint8Array(0)
        const origin = `${TOPICS.interactions}/${partition}@${input.offset}`
        const letter = { cause, field, reason, origin, bytes, byteLength: bytes.length }
        const headers = deadLetterHeaders(letter, { headers: input.headers, timestamp, attempt: 1 })
        return { topic: TOPICS.deadLetters, partition, key: input.key, value: bytes, headers, timestamp }
      }
    }
  }
}

export function activeModel(settings: TrackerSettings, bundle: ModelBundle | null): ActiveModel {
  return { ...buildTrackerModel(settings, bundle), extractor: bundle ? new Extractor(bundle.extractor) : null }
}
