import type { UserId } from '../../../core/contracts/ids.ts'
import type { Stage } from '../../../core/contracts/stage.ts'
import type { StageTransition } from '../../../core/contracts/stage-transition.ts'
import type { UserStateRecord } from '../../../core/contracts/user-state-record.ts'
import type { Log, LogSlice, ReadRecord } from '../../../io/log/log.ts'
import type { RecordCodecs } from '../../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../../io/store/state-store.ts'
import { breathe } from '../../breathe.ts'
import { StopFlag } from '../../stop-flag.ts'
import { TOPICS } from '../../topics.ts'
import { afterPrefix } from '../../tracker/state-keys.ts'
import type { WorldLogger } from '../../wire.ts'
import { CountChanges, CountTable } from './count-table.ts'
import { type CountedUser, countedUserOf, decodeCountedUser, encodeCountedUser } from './counted-user.ts'
import { EmbeddingSample } from './embedding-sample.ts'
import { followLog } from './follow-log.ts'
import { countTransition, countUser } from './lifecycle-counts.ts'
import { StoreBatch } from './store-batch.ts'
import {
  COUNT_PREFIX,
  countedUserKey,
  positionKey,
  SAMPLE_KEY,
  STATE_PREFIX,
  stateKey,
  SUMMARY_KEY,
  transitionKey,
  transitionPrefix,
} from './view-keys.ts'
import { type ReplaceStore, ViewStore } from './view-store.ts'

/** What the view follows. */
const FOLLOWED = [TOPICS.userStates, TOPICS.stageTransitions] as const
/** Records of one read. */
const CHUNK = 500
/** Of what the store holds; a view of another one is built anew. */
const FORMAT = 3
/** How often the ends of the topics are asked for, to tell how fresh the view is. */
const LOOK_EVERY_MS = 1000

const decoder = new TextDecoder()

/** Users by stage, dormant ones among them. */
export interface StageCounts {
  readonly byStage: Readonly<Record<Stage, number>>
  readonly dormant: number
  /** Newest event time of a state that the view holds, unix ms; null while it is empty. */
  readonly asOf: number | null
}

const NO_USERS: StageCounts = { byStage: { new: 0, wander: 0, stick: 0, loyal: 0 }, dormant: 0, asOf: null }

/** Where the topics ended at a time: the view is as fresh as that once it has come there. */
interface Ends {
  readonly atMs: number
  readonly offsets: ReadonlyMap<string, number>
}

/**
 * The published states and transitions of all users, kept in a store of their own: it follows user-states and
 * stage-transitions, and goes on after a restart where it was. In memory is only what the store holds, so that a read or
 * a write that failed is done again.
 */
export class UserView {
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private readonly store: ViewStore
  private readonly flag = new StopFlag()
  /** Next offset by topic and partition. */
  private readonly positions = new Map<string, number>()
  private held = NO_USERS
  /** Counts over days, see lifecycle-counts.ts and core/lifecycle/activity-counts.ts. */
  readonly table = new CountTable()
  readonly embeddings = new EmbeddingSample()
  private ends: Ends | null = null
  private lookedMs = -Infinity
  private completeMs: number | null = null

  private constructor(log: Log, codecs: RecordCodecs, store: ViewStore) {
    this.log = log
    this.codecs = codecs
    this.store = store
  }

  /** The store is the view's from then on. Without `replaceStore` a damaged one ends it. */
  static async open(
    log: Log,
    codecs: RecordCodecs,
    store: StateStore,
    replaceStore: ReplaceStore | null = null,
  ): Promise<UserView> {
    const view = new UserView(log, codecs, new ViewStore(store, `${FORMAT}/${log.id}`, replaceStore))
    await view.restore()
    return view
  }

  counts(): StageCounts {
    return this.held
  }

  /** The latest time of which the view holds everything that had been published, unix ms; null when there is none yet. */
  get completeAtMs(): number | null {
    return this.completeMs
  }

  /** Published records that the view has not taken over yet. */
  async lag(): Promise<number> {
    let records = 0
    for (const { topic, partition } of this.followed()) {
      const end = await this.log.endOffset(topic, partition)
      records += Math.max(0, end - this.positions.get(nameOf(topic, partition))!)
    }
    return records
  }

  /** Whether everything before these ends has been taken over. */
  hasReached(ends: ReadonlyMap<string, number>): boolean {
    return [...this.followed()].every(({ topic, partition }) => {
      const name = nameOf(topic, partition)
      return this.positions.get(name)! >= (ends.get(name) ?? 0)
    })
  }

  /** Next offset of each followed partition, by `topic/partition`. */
  nextOffsets(): ReadonlyMap<string, number> {
    return this.positions
  }

  /** What was deleted leaves the disk. */
  purge(): Promise<void> {
    return this.store.purge()
  }

  whyNotReady(): string | null {
    return this.completeMs === null ? 'The view is being built' : null
  }

  async stateOf(userId: UserId): Promise<UserStateRecord | null> {
    const value = await this.store.get(stateKey(userId))
    return value && this.codecs.userState.decodeOwn(value)
  }

  /** In the order of the ids; null for a user of whom nothing is known. */
  async statesOf(userIds: readonly UserId[]): Promise<readonly (UserStateRecord | null)[]> {
    const values = await this.store.getMany(userIds.map(stateKey))
    return values.map((value) => value && this.codecs.userState.decodeOwn(value))
  }

  /** Days on which each user was active, since the epoch, ascending. */
  async activeDaysOf(userIds: readonly UserId[]): Promise<readonly (readonly number[])[]> {
    return (await this.countedUsers(userIds)).map((user) => user?.days ?? [])
  }

  /** Up to `limit` states in the order of the user ids (bytes of UTF-8), of ids that begin with `prefix` and follow `after`. */
  async statesAfter(prefix: string, after: UserId | null, limit: number): Promise<readonly UserStateRecord[]> {
    const within = Buffer.concat([STATE_PREFIX, Buffer.from(prefix)])
    const from = after === null ? within : Buffer.concat([stateKey(after), Uint8Array.of(0)])
    const entries = await this.store.range(from, afterPrefix(within), limit)
    return entries.map(({ value }) => this.codecs.userState.decodeOwn(value))
  }

  /** The latest `limit` transitions of a user, the newest first. */
  async transitionsOf(userId: UserId, limit: number): Promise<readonly StageTransition[]> {
    const entries = await this.transitionEntries(userId, limit)
    return entries.map(({ value }) => this.codecs.stageTransition.decodeOwn(value))
  }

  /** Follows the topics until it is stopped. Rejects with a failure that does not pass. */
  run(logger: WorldLogger): Promise<void> {
    return followLog(
      this.log,
      this.flag,
      () =>
        this.store.mended(
          () => this.follow(),
          () => this.rebuild(),
        ),
      logger,
    )
  }

  stop(): void {
    this.flag.stop()
  }

  async close(): Promise<void> {
    await this.store.close()
  }

  /** Takes over the next records of every partition. False when none had come. */
  async follow(): Promise<boolean> {
    await this.lookAtEnds()
    let hasMoved = false
    for (let partition = 0; partition < this.partitionCount(); partition++) {
      if (this.flag.stopped) return false
      if (await this.followPartition(partition)) hasMoved = true
    }
    if (this.ends && [...this.ends.offsets].every(([name, end]) => this.positions.get(name)! >= end)) {
      this.completeMs = this.ends.atMs
      this.ends = null
    }
    return hasMoved
  }

  /** Asks for the ends anew, once those asked for last have been reached. */
  private async lookAtEnds(): Promise<void> {
    const atMs = Date.now()
    if (this.ends || atMs - this.lookedMs < LOOK_EVERY_MS) return
    this.lookedMs = atMs
    const offsets = new Map<string, number>()
    for (const { topic, partition } of this.followed()) {
      offsets.set(nameOf(topic, partition), await this.log.endOffset(topic, partition))
    }
    this.ends = { atMs, offsets }
  }

  private async followPartition(partition: number): Promise<boolean> {
    const [states, transitions] = await Promise.all(FOLLOWED.map((topic) => this.readTopic(topic, partition)))
    const moved = { [TOPICS.userStates]: states, [TOPICS.stageTransitions]: transitions }
    if (FOLLOWED.every((topic) => moved[topic].nextOffset === this.positions.get(nameOf(topic, partition))))
      return false
    const batch = new StoreBatch()
    const changes = new CountChanges()
    await this.addTransitions(batch, changes, transitions.records)
    const values = new Map(states.records.map(({ key, value }) => [decoder.decode(key) as UserId, value]))
    const latest = new Map<UserId, UserStateRecord | null>()
    for (const [userId, value] of values) {
      await breathe()
      latest.set(userId, value && this.codecs.userState.decodeOwn(value))
      batch.put({ key: stateKey(userId), value })
    }
    const counts = await this.addStates(batch, changes, latest)
    for (const topic of FOLLOWED) {
      batch.put({ key: positionKey(topic, partition), value: Buffer.from(String(moved[topic].nextOffset)) })
    }
    batch.put({ key: SUMMARY_KEY, value: Buffer.from(JSON.stringify(counts)) })
    for (const entry of this.table.entriesOf(changes)) batch.put(entry)
    // The sample is no more than a picture: where the write fails, it may be a few states ahead.
    if (this.embeddings.observe(latest)) batch.put({ key: SAMPLE_KEY, value: this.embeddings.members() })
    try {
      await this.store.apply(batch.all())
    } catch (error) {
      // The store alone knows whether the write took effect.
      await this.restore()
      throw error
    }
    for (const topic of FOLLOWED) this.positions.set(nameOf(topic, partition), moved[topic].nextOffset)
    this.table.apply(changes)
    this.held = counts
    return true
  }

  private readTopic(topic: string, partition: number): Promise<LogSlice> {
    return this.log.read(topic, partition, this.positions.get(nameOf(topic, partition))!, CHUNK)
  }

  /** A tombstone takes all earlier transitions of the user away: those in the store, and those of this batch. */
  private async addTransitions(
    batch: StoreBatch,
    changes: CountChanges,
    records: readonly ReadRecord[],
  ): Promise<void> {
    for (const { key: user, offset, value } of records) {
      await breathe()
      if (value) {
        const transition = this.codecs.stageTransition.decodeOwn(value)
        countTransition(changes, transition, 1)
        batch.put({ key: transitionKey(transition.userId, transition.eventTime, offset), value })
        continue
      }
      const userId = decoder.decode(user) as UserId
      const stored = await this.transitionEntries(userId, Number.MAX_SAFE_INTEGER)
      const added = batch.withPrefix(transitionPrefix(userId))
      for (const { key, value: held } of [...stored, ...added]) {
        if (held) countTransition(changes, this.codecs.stageTransition.decodeOwn(held), -1)
        batch.put({ key, value: null })
      }
    }
  }

  /** Returns the counts as they are with the new states. */
  private async addStates(
    batch: StoreBatch,
    changes: CountChanges,
    latest: ReadonlyMap<UserId, UserStateRecord | null>,
  ): Promise<StageCounts> {
    const userIds = [...latest.keys()]
    const before = await this.countedUsers(userIds)
    const byStage = { ...this.held.byStage }
    let { dormant, asOf } = this.held
    for (const [i, [userId, state]] of [...latest].entries()) {
      await breathe()
      const old = before[i]
      const user = state && countedUserOf(state, old?.days ?? [])
      for (const [counted, sign] of [
        [old, -1],
        [user, 1],
      ] as const) {
        if (!counted) continue
        byStage[counted.stage] += sign
        if (counted.dormant) dormant += sign
      }
      if (state) asOf = Math.max(asOf ?? 0, state.eventTime)
      countUser(changes, old, user)
      batch.put({ key: countedUserKey(userId), value: user && encodeCountedUser(user) })
    }
    return { byStage, dormant, asOf }
  }

  private async countedUsers(userIds: readonly UserId[]): Promise<readonly (CountedUser | null)[]> {
    const values = await this.store.getMany(userIds.map(countedUserKey))
    return values.map((value) => value && decodeCountedUser(value))
  }

  private transitionEntries(userId: UserId, limit: number): Promise<readonly { key: Uint8Array; value: Uint8Array }[]> {
    return this.store.withPrefix(transitionPrefix(userId), limit)
  }

  /** With an empty store. */
  private async rebuild(): Promise<void> {
    this.completeMs = null
    this.ends = null
    await this.restore()
  }

  /** What retention has taken away meanwhile is left out. */
  private async restore(): Promise<void> {
    await this.store.claim()
    for (const { topic, partition } of this.followed()) {
      const stored = await this.store.text(positionKey(topic, partition))
      const start = await this.log.startOffset(topic, partition)
      this.positions.set(nameOf(topic, partition), Math.max(start, Number(stored ?? 0)))
    }
    const summary = await this.store.text(SUMMARY_KEY)
    this.held = summary ? (JSON.parse(summary) as StageCounts) : NO_USERS
    this.table.restore(await this.store.withPrefix(COUNT_PREFIX))
    const members = EmbeddingSample.membersOf(await this.store.get(SAMPLE_KEY))
    this.embeddings.restore(members, await this.statesOf(members))
  }

  private *followed(): Generator<{ topic: string; partition: number }> {
    for (const topic of FOLLOWED) {
      for (let partition = 0; partition < this.partitionCount(); partition++) yield { topic, partition }
    }
  }

  /** The partitioned topics have the same number. */
  private partitionCount(): number {
    return this.log.topics().find(({ name }) => name === TOPICS.userStates)?.partitions ?? 0
  }
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
