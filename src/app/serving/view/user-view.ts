import type { UserId } from '../../core/contracts/ids.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Stage } from '../../core/contracts/stage.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import type { Log, LogSlice, ReadRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { StopFlag } from '../stop-flag.ts'
import { TOPICS } from '../topics.ts'
import { afterPrefix } from '../tracker/state-keys.ts'
import type { WorldLogger } from '../wire.ts'
import { COUNTS_KEY, ORIGIN_KEY, positionKey, stateKey, transitionKey, transitionPrefix } from './view-keys.ts'

/** What the view follows. */
const FOLLOWED = [TOPICS.userStates, TOPICS.stageTransitions] as const
/** Records of one read. */
const CHUNK = 2000
const IDLE_MS = 200
const RETRY_MS = 1000
/** How often the ends of the topics are asked for, to tell how fresh the view is. */
const LOOK_EVERY_MS = 1000
/** The store asks for a position; the view keeps one for each partition of each topic among its entries. */
const NO_POSITION = { nextOffset: 0, changelogOffset: 0 }

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
  private readonly store: StateStore
  private readonly flag = new StopFlag()
  /** Next offset by topic and partition. */
  private readonly positions = new Map<string, number>()
  private held = NO_USERS
  private ends: Ends | null = null
  private lookedMs = -Infinity
  private completeMs: number | null = null

  private constructor(log: Log, codecs: RecordCodecs, store: StateStore) {
    this.log = log
    this.codecs = codecs
    this.store = store
  }

  static async open(log: Log, codecs: RecordCodecs, store: StateStore): Promise<UserView> {
    const view = new UserView(log, codecs, store)
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

  whyNotReady(): string | null {
    return this.completeMs === null ? 'The view is being built' : null
  }

  async stateOf(userId: UserId): Promise<UserStateRecord | null> {
    return (await this.statesOf([userId]))[0]
  }

  /** In the order of the ids; null for a user of whom nothing is known. */
  async statesOf(userIds: readonly UserId[]): Promise<readonly (UserStateRecord | null)[]> {
    const values = await this.store.getMany(userIds.map(stateKey))
    return values.map((value) => value && this.codecs.userState.decodeOwn(value))
  }

  /** The latest `limit` transitions of a user, the newest first. */
  async transitionsOf(userId: UserId, limit: number): Promise<readonly StageTransition[]> {
    const entries = await this.transitionEntries(userId, limit)
    return entries.map(({ value }) => this.codecs.stageTransition.decodeOwn(value))
  }

  /** Follows the topics until it is stopped. Rejects with a failure that does not pass. */
  async run(logger: WorldLogger): Promise<void> {
    while (!this.flag.stopped) {
      try {
        const changed = this.log.changed()
        if (!(await this.follow())) await Promise.race([changed, this.flag.wait(IDLE_MS)])
      } catch (error) {
        if (!(error instanceof LifecycleError && error.retryable)) throw error
        logger.warn({ code: error.code }, error.message)
        await this.flag.wait(RETRY_MS)
      }
    }
  }

  stop(): void {
    this.flag.stop()
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
    const [states, transitions] = await Promise.all(FOLLOWED.map((topic) => this.read(topic, partition)))
    const moved = { [TOPICS.userStates]: states, [TOPICS.stageTransitions]: transitions }
    if (FOLLOWED.every((topic) => moved[topic].nextOffset === this.positions.get(nameOf(topic, partition))))
      return false
    const entries = new Entries()
    await this.addTransitions(entries, transitions.records)
    const counts = await this.addStates(entries, states.records)
    for (const topic of FOLLOWED) {
      entries.put({ key: positionKey(topic, partition), value: Buffer.from(String(moved[topic].nextOffset)) })
    }
    entries.put({ key: COUNTS_KEY, value: Buffer.from(JSON.stringify(counts)) })
    try {
      await this.store.apply({ entries: entries.all(), position: NO_POSITION })
    } catch (error) {
      // The store alone knows whether the write took effect.
      await this.restore()
      throw error
    }
    for (const topic of FOLLOWED) this.positions.set(nameOf(topic, partition), moved[topic].nextOffset)
    this.held = counts
    return true
  }

  private read(topic: string, partition: number): Promise<LogSlice> {
    return this.log.read(topic, partition, this.positions.get(nameOf(topic, partition))!, CHUNK)
  }

  /** A tombstone takes all earlier transitions of the user away: those in the store, and those of this batch. */
  private async addTransitions(entries: Entries, records: readonly ReadRecord[]): Promise<void> {
    for (const { key: user, offset, value } of records) {
      if (value) {
        const { userId, eventTime } = this.codecs.stageTransition.decodeOwn(value)
        entries.put({ key: transitionKey(userId, eventTime, offset), value })
        continue
      }
      const userId = decoder.decode(user) as UserId
      const stored = await this.transitionEntries(userId, Number.MAX_SAFE_INTEGER)
      const added = entries.withPrefix(transitionPrefix(userId))
      for (const { key } of [...stored, ...added]) entries.put({ key, value: null })
    }
  }

  /** Returns the counts as they are with the new states. */
  private async addStates(entries: Entries, records: readonly ReadRecord[]): Promise<StageCounts> {
    const latest = new Map(records.map(({ key, value }) => [decoder.decode(key) as UserId, value]))
    const before = await this.statesOf([...latest.keys()])
    const byStage = { ...this.held.byStage }
    let { dormant, asOf } = this.held
    for (const [i, [userId, value]] of [...latest].entries()) {
      const old = before[i]
      const state = value && this.codecs.userState.decodeOwn(value)
      if (old) byStage[old.stage]--
      if (old?.dormant) dormant--
      if (state) byStage[state.stage]++
      if (state?.dormant) dormant++
      if (state) asOf = Math.max(asOf ?? 0, state.eventTime)
      entries.put({ key: stateKey(userId), value })
    }
    return { byStage, dormant, asOf }
  }

  private transitionEntries(userId: UserId, limit: number): Promise<readonly { key: Uint8Array; value: Uint8Array }[]> {
    const prefix = transitionPrefix(userId)
    return this.store.range(prefix, afterPrefix(prefix), limit)
  }

  /** A view of another log is not read. What retention has taken away meanwhile is left out. */
  private async restore(): Promise<void> {
    const origin = await this.store.get(ORIGIN_KEY)
    if (!origin || decoder.decode(origin) !== this.log.id) {
      await this.store.clear()
      await this.store.apply({ entries: [{ key: ORIGIN_KEY, value: Buffer.from(this.log.id) }], position: NO_POSITION })
    }
    for (const { topic, partition } of this.followed()) {
      const stored = await this.store.get(positionKey(topic, partition))
      const start = await this.log.startOffset(topic, partition)
      this.positions.set(nameOf(topic, partition), Math.max(start, stored ? Number(decoder.decode(stored)) : 0))
    }
    const counts = await this.store.get(COUNTS_KEY)
    this.held = counts ? (JSON.parse(decoder.decode(counts)) as StageCounts) : NO_USERS
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

/** Entries of one batch by key: a later one takes the place of an earlier one. */
class Entries {
  private readonly byKey = new Map<string, StoreEntry>()

  put(entry: StoreEntry): void {
    this.byKey.set(textOf(entry.key), entry)
  }

  withPrefix(prefix: Uint8Array): StoreEntry[] {
    const text = textOf(prefix)
    return [...this.byKey].filter(([key]) => key.startsWith(text)).map(([, entry]) => entry)
  }

  all(): StoreEntry[] {
    return [...this.byKey.values()]
  }
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1')
}
