import type { UserId } from '../../core/contracts/ids.ts'
import { hashString } from '../../core/statistics/hash-string.ts'
import { publishUserState } from '../../core/publish-user-state.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import { timersOf } from '../tracker/restore-store.ts'
import { kindOfKey, userIdOfKey, userKey } from '../tracker/state-keys.ts'
import { HistoryReader } from './history-reader.ts'
import { PartitionReplay } from './partition-replay.ts'
import { publishedDifference, type StateDifference, storedDifference } from './state-difference.ts'

const CHUNK = 2000
/** Input records that one look replays at most. */
const MOST_RECORDS = 50_000

export interface SkewMeterOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly partition: number
  readonly share: number
  readonly maxUsers: number
  /** Input records that one look replays at most. Default 50,000. */
  readonly maxRecords?: number
  /** Chooses the sample: another number, another sample. */
  readonly seed: number
  /** Opens a store for the sample. */
  readonly store: () => StateStore
}

/** What one look at a partition found. */
export interface SkewObservation {
  readonly partition: number
  /** States of the sample that were replayed and compared. */
  readonly checked: number
  readonly differing: number
  /** More had come than one look replays: it has begun anew, and one that follows soon compares again. */
  readonly skipped: boolean
  /** The first of them. */
  readonly first: StateDifference | null
}

/**
 * Compares what a partition's tracker publishes of a sample of users with a replay, look by look. It begins with their
 * states in the changelog and replays all input that is tracked from then on; it only reads the log. After a difference
 * it goes on from what the changelog holds, so that each is told once; and so it does where more input has come than a
 * look replays, so that the meter never takes more than its share of the machine. In memory are the sample and a chunk
 * of the input.
 */
export class SkewMeter {
  private readonly options: SkewMeterOptions
  private readonly history: HistoryReader
  /** Users of the sample. */
  private readonly sample = new Set<UserId>()
  /** What the changelog holds of the sample, by key as Latin-1. */
  private readonly recorded = new Map<string, Uint8Array>()
  private replay: PartitionReplay | null = null
  private store: StateStore
  /** Next offset of user-states, and what has been published of the sample and not yet compared. */
  private publishedTo = 0
  private readonly published = new Map<UserId, Uint8Array | null>()

  constructor(options: SkewMeterOptions) {
    this.options = options
    this.history = new HistoryReader(options.log, options.partition)
    this.store = options.store()
  }

  /** Replays what has been tracked since the last look, and compares who changed. The first look only begins. */
  async look(): Promise<SkewObservation> {
    const { partition } = this.options
    const changed = new Set<UserId>()
    await this.history.follow((records) => {
      for (const { key, value } of records) if (key) this.record(key, value, changed)
    })
    const behind = this.replay ? this.history.meta.nextOffset - this.replay.position : Infinity
    if (behind > (this.options.maxRecords ?? MOST_RECORDS)) {
      await this.begin()
      return { partition, checked: 0, differing: 0, skipped: true, first: null }
    }
    const bytes = await this.replayToHere()
    await this.followPublished()
    const later = await this.changedLater()
    const differences: StateDifference[] = []
    for (const userId of changed) {
      const difference = await this.compare(userId, bytes.get(userId), later)
      if (difference) differences.push(difference)
    }
    if (differences.length > 0) await this.begin()
    return {
      partition,
      checked: changed.size,
      differing: differences.length,
      skipped: false,
      first: differences[0] ?? null,
    }
  }

  async close(): Promise<void> {
    await this.store.close()
  }

  private isSampled(userId: UserId): boolean {
    if (this.sample.has(userId)) return true
    const { share, seed, maxUsers } = this.options
    if (hashString(userId, seed) >= share * 0x1_0000_0000 || this.sample.size >= maxUsers) return false
    this.sample.add(userId)
    return true
  }

  private record(key: Uint8Array, value: Uint8Array | null, changed: Set<UserId>): void {
    const kind = kindOfKey(key)
    if (kind === 'meta' || kind === 'snapshot' || !this.isSampled(userIdOfKey(key))) return
    const name = Buffer.from(key).toString('latin1')
    if (value) this.recorded.set(name, value)
    else this.recorded.delete(name)
    if (kind === 'user') changed.add(userIdOfKey(key))
  }

  /** From what the changelog holds now. */
  private async begin(): Promise<void> {
    const { log, codecs, partition, store } = this.options
    const stretches = this.history.stretches()
    const last = stretches.at(-1)
    if (!last) return
    await this.store.close()
    this.store = store()
    const { nextOffset, clock } = this.history.meta
    const entries: StoreEntry[] = []
    for (const [name, value] of this.recorded) {
      const key = Buffer.from(name, 'latin1')
      entries.push({ key, value }, ...timersOf(key, value, last.settings.joiner))
    }
    await this.store.apply({ entries, position: { nextOffset, changelogOffset: 0 } })
    this.publishedTo = await log.endOffset(TOPICS.userStates, partition)
    this.published.clear()
    this.replay = new PartitionReplay({
      log,
      codecs,
      partition,
      store: this.store,
      stretches,
      skips: this.history.skips(),
      // The changelog is read first, so whoever is new is in the sample by then.
      only: (userId) => this.sample.has(userId),
      from: { offset: nextOffset, streamTime: clock.streamTime },
      cachedUsers: this.options.maxUsers,
    })
  }

  /** The bytes that the replay would publish of who changed. */
  private async replayToHere(): Promise<Map<UserId, Uint8Array | null>> {
    const { codecs, partition } = this.options
    const replay = this.replay!
    replay.extend(this.history.stretches(), this.history.skips())
    const source = { topic: TOPICS.interactions, partition }
    const bytes = new Map<UserId, Uint8Array | null>()
    for (;;) {
      const slice = await replay.step(this.history.meta.nextOffset)
      if (!slice) return bytes
      for (const { userId, user } of slice.changed) {
        bytes.set(userId, user && codecs.userState.encode(publishUserState(user, source, slice.model)))
      }
    }
  }

  private async followPublished(): Promise<void> {
    const { log, partition } = this.options
    const end = await log.endOffset(TOPICS.userStates, partition)
    for await (const slice of readTo(log, TOPICS.userStates, partition, this.publishedTo, end, CHUNK)) {
      for (const { key, value } of slice.records) {
        const userId = Buffer.from(key!).toString() as UserId
        if (this.sample.has(userId)) this.published.set(userId, value)
      }
      this.publishedTo = slice.nextOffset
    }
  }

  /** Who was published again by a commit that the look does not cover; it is for the next one. */
  private async changedLater(): Promise<ReadonlySet<UserId>> {
    const { log, partition } = this.options
    const later = new Set<UserId>()
    const end = await log.endOffset(TOPICS.changelog, partition)
    for await (const { records } of readTo(log, TOPICS.changelog, partition, this.history.position, end, CHUNK)) {
      for (const { key } of records) if (key && kindOfKey(key) === 'user') later.add(userIdOfKey(key))
    }
    return later
  }

  private async compare(
    userId: UserId,
    replayed: Uint8Array | null | undefined,
    later: ReadonlySet<UserId>,
  ): Promise<StateDifference | null> {
    const { codecs, partition } = this.options
    const key = userKey(userId)
    const recorded = this.recorded.get(Buffer.from(key).toString('latin1')) ?? null
    const difference = storedDifference('changelog', key, recorded, await this.store.get(key), partition)
    if (difference) return difference
    const published = this.published.get(userId)
    if (published === undefined || replayed === undefined || later.has(userId)) return null
    this.published.delete(userId)
    return publishedDifference(userId, published, replayed, codecs)
  }
}
