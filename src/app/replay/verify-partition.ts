import type { UserId } from '../../core/contracts/ids.ts'
import { publishUserState } from '../../core/publish-user-state.ts'
import type { Log, ReadRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { encodeId } from '../encode-id.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import type { PartitionMeta } from '../tracker/partition-meta.ts'
import { afterPrefix, kindOfKey, userIdOfKey } from '../tracker/state-keys.ts'
import { HistoryReader } from './history-reader.ts'
import { metaDifference, storedMetaDifference } from './meta-difference.ts'
import { PartitionReplay, type ReplayedSlice } from './partition-replay.ts'
import { type Place, publishedDifference, type StateDifference, storedDifference } from './state-difference.ts'
import { sideBySide, storeEntries } from './store-entries.ts'
import { missingTimer } from './missing-timer.ts'

const CHUNK = 2000

export interface VerifyOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly partition: number
  /** The tracker's store; null where it is not at hand. */
  readonly store: StateStore | null
  /** Opens a store for what does not fit into memory; it is closed at the end. */
  readonly scratch: () => Promise<StateStore>
  readonly onProgress?: (offset: number, end: number) => void
}

export interface Verification {
  readonly partition: number
  /** Input records replayed. */
  readonly records: number
  readonly users: number
  readonly impressions: number
  readonly snapshots: number
  /** What was compared; a place that is not at hand, or holds nothing yet, is not in it. */
  readonly compared: readonly Place[]
  /** Users that have changed since the changelog was read, whose published states were left out. */
  readonly changedMeanwhile: number
  /** How many states, impressions and published records differ. */
  readonly differences: number
  readonly first: StateDifference | null
}

/** Keys of the one scratch store: what the changelog holds, what a replay publishes, what is published. */
const CHANGELOG = 0x63
const REPLAYED = 0x72
const PUBLISHED = 0x70

/** Of the changelog's keys those that belong to users. */
const KINDS = [
  ['u', 'user'],
  ['i', 'impression'],
  ['s', 'snapshot'],
] as const

/**
 * Replays a whole partition and compares every user, pending impressions and snapshots included, with the changelog, the tracker's store and user-states. Memory is
 * bounded: a chunk of each topic, 10,000 decoded users, and the caches of two stores on disk, some 150 MB together.
 */
export async function verifyPartition(options: VerifyOptions): Promise<Verification> {
  const opened: StateStore[] = []
  const open = async (): Promise<StateStore> => {
    const store = await options.scratch()
    opened.push(store)
    return store
  }
  try {
    return await new PartitionVerification(options, await open(), await open()).run()
  } finally {
    for (const store of opened) await store.close()
  }
}

class PartitionVerification {
  private readonly options: VerifyOptions
  /** Holds the state of the replay. */
  private readonly replayed: StateStore
  /** Holds everything else, by the first byte of the key. */
  private readonly notes: StateStore
  private readonly history: HistoryReader
  private differences = 0
  private first: StateDifference | null = null
  private readonly counts = { user: 0, impression: 0, snapshot: 0 }

  constructor(options: VerifyOptions, replayed: StateStore, notes: StateStore) {
    this.options = options
    this.replayed = replayed
    this.notes = notes
    this.history = new HistoryReader(options.log, options.partition)
  }

  async run(): Promise<Verification> {
    const { partition, store } = this.options
    await this.history.follow((records) => this.note(CHANGELOG, records))
    const changelogEnd = this.history.position
    const replay = await this.replay()
    const compared: Place[] = ['changelog']
    this.found(metaDifference(this.history.meta, replay.clock, partition))
    await this.compareStored('changelog', this.under(CHANGELOG), new Set())
    const position = await store?.position()
    if (store && position) {
      compared.push('store')
      await this.compareStore(store, position.changelogOffset, changelogEnd)
    }
    compared.push('user-states')
    const changedMeanwhile = await this.comparePublished(changelogEnd)
    return {
      partition,
      records: this.history.meta.nextOffset,
      users: this.counts.user,
      impressions: this.counts.impression,
      snapshots: this.counts.snapshot,
      compared,
      changedMeanwhile,
      differences: this.differences,
      first: this.first,
    }
  }

  /** Tracks everything again up to where the tracker stands, and notes what each user's last change publishes. */
  private async replay(): Promise<PartitionReplay> {
    const { log, codecs, partition, onProgress = () => {} } = this.options
    const stretches = this.history.stretches()
    const replay = new PartitionReplay({
      log,
      codecs,
      partition,
      store: this.replayed,
      stretches,
      skips: this.history.skips(),
      snapshots: true,
    })
    const end = this.history.meta.nextOffset
    for (;;) {
      const slice = await replay.step(end)
      if (!slice) return replay
      await this.write(this.publishedBy(slice))
      onProgress(slice.nextOffset, end)
    }
  }

  private publishedBy({ changed, model }: ReplayedSlice): StoreEntry[] {
    const { codecs, partition } = this.options
    const source = { topic: TOPICS.interactions, partition }
    return changed.map(({ userId, user }) => ({
      key: noteKey(REPLAYED, encodeId(userId)),
      value: user && codecs.userState.encode(publishUserState(user, source, model)),
    }))
  }

  /** `later` are keys that were written behind what is looked at. */
  private async compareStored(
    place: Place,
    found: (kind: string) => AsyncGenerator<{ key: Uint8Array; value: Uint8Array }>,
    later: ReadonlySet<string>,
  ): Promise<void> {
    for (const [kind, counted] of KINDS) {
      const prefix = Buffer.from(kind)
      for await (const pair of sideBySide(found(kind), storeEntries(this.replayed, prefix, afterPrefix(prefix)))) {
        if (place === 'changelog' && pair.second) this.counts[counted]++
        if (later.has(Buffer.from(pair.key).toString('latin1'))) continue
        this.found(storedDifference(place, pair.key, pair.first, pair.second, this.options.partition))
      }
    }
  }

  /** A store may be behind its changelog after a crash: what it lacks comes with the next start. */
  private async compareStore(store: StateStore, position: number, changelogEnd: number): Promise<void> {
    const { log, partition } = this.options
    const later = new Set<string>()
    for await (const { records } of readTo(log, TOPICS.changelog, partition, position, changelogEnd, CHUNK)) {
      for (const { key } of records) if (key) later.add(Buffer.from(key).toString('latin1'))
    }
    const meta: PartitionMeta = this.history.meta
    if (later.size === 0) this.found(await storedMetaDifference(store, meta, partition))
    await this.compareStored(
      'store',
      (kind) => storeEntries(store, Buffer.from(kind), afterPrefix(Buffer.from(kind))),
      later,
    )
    const { settings } = this.history.stretches().at(-1) ?? {}
    if (settings) this.found(await missingTimer(store, this.replayed, settings.joiner, meta.clock.streamTime, later))
  }

  private async comparePublished(changelogEnd: number): Promise<number> {
    const { log, codecs, partition } = this.options
    const end = await log.endOffset(TOPICS.userStates, partition)
    for await (const { records } of readTo(log, TOPICS.userStates, partition, 0, end, CHUNK)) {
      await this.note(PUBLISHED, records)
    }
    const changed = new Set<UserId>()
    const changelogNow = await log.endOffset(TOPICS.changelog, partition)
    for await (const { records } of readTo(log, TOPICS.changelog, partition, changelogEnd, changelogNow, CHUNK)) {
      for (const { key } of records) if (key && kindOfKey(key) === 'user') changed.add(userIdOfKey(key))
    }
    for await (const { key, first, second } of sideBySide(this.under(PUBLISHED)(''), this.under(REPLAYED)(''))) {
      const userId = Buffer.from(key).toString() as UserId
      if (!changed.has(userId)) this.found(publishedDifference(userId, first, second, codecs))
    }
    return changed.size
  }

  private found(difference: StateDifference | null): void {
    if (!difference) return
    this.first ??= difference
    this.differences++
  }

  /** Entries of a part of the notes, without its mark. */
  private under(mark: number) {
    const { notes } = this
    return async function* (prefix: string) {
      const from = noteKey(mark, Buffer.from(prefix))
      for await (const { key, value } of storeEntries(notes, from, afterPrefix(from))) {
        yield { key: key.subarray(1), value }
      }
    }
  }

  private note(mark: number, records: readonly ReadRecord[]): Promise<void> {
    return this.write(records.flatMap(({ key, value }) => (key ? [{ key: noteKey(mark, key), value }] : [])))
  }

  private write(entries: readonly StoreEntry[]): Promise<void> {
    return this.notes.apply({ entries, position: { nextOffset: 0, changelogOffset: 0 } })
  }
}

function noteKey(mark: number, key: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(mark), key])
}
