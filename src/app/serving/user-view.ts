import type { UserId } from '../../core/contracts/ids.ts'
import { type Stage, STAGES } from '../../core/contracts/stage.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import type { Log, ReadRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { StopFlag } from '../stop-flag.ts'
import { TOPICS } from '../topics.ts'
import {
  behindTransitions,
  COUNTS_KEY,
  ORIGIN_KEY,
  positionKey,
  stateKey,
  transitionKey,
  transitionPrefix,
} from './view-keys.ts'

/** Records of one read, and of one batch of the store. */
const CHUNK = 2000
const TRANSITIONS_OF_USER = 10_000
const IDLE_MS = 200
/** The store asks for a position; the view keeps one for each partition of each topic among its entries. */
const NO_POSITION = { nextOffset: 0, changelogOffset: 0 }

const decoder = new TextDecoder()

/** Users by stage, dormant ones among them. */
export interface StageCounts {
  readonly byStage: Readonly<Record<Stage, number>>
  readonly dormant: number
}

/** How far the view is behind what the trackers have published. */
export interface Freshness {
  /** Newest event time of a state that the view holds; null while it is empty. */
  readonly asOf: number | null
  /** When the view was last seen to hold everything, unix ms; null when it never was. */
  readonly completeAtMs: number | null
}

/**
 * The published states and transitions of all users, kept in a store of their own: it follows user-states and
 * stage-transitions, and goes on after a restart where it was.
 */
export class UserView {
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private readonly store: StateStore
  private readonly flag = new StopFlag()
  private readonly positions = new Map<string, number>()
  private readonly byStage: Record<Stage, number> = { new: 0, wander: 0, stick: 0, loyal: 0 }
  private dormant = 0
  private asOf: number | null = null
  private completeAtMs: number | null = null

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
    return { byStage: { ...this.byStage }, dormant: this.dormant }
  }

  freshness(): Freshness {
    return { asOf: this.asOf, completeAtMs: this.completeAtMs }
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
    const entries = await this.transitionEntries(userId)
    return entries
      .slice(-limit)
      .reverse()
      .map(({ value }) => this.codecs.stageTransition.decodeOwn(value))
  }

  /** Follows the topics until it is stopped. Rejects with a failure of log or store. */
  async run(): Promise<void> {
    while (!this.flag.stopped) {
      const changed = this.log.changed()
      if ((await this.follow()) > 0) continue
      await Promise.race([changed, this.flag.wait(IDLE_MS)])
    }
  }

  stop(): void {
    this.flag.stop()
  }

  /** Takes over what has come since the last call, and returns how many records that were. */
  async follow(): Promise<number> {
    const startedMs = Date.now()
    let taken = 0
    for (let partition = 0; partition < this.partitionCount(TOPICS.userStates); partition++) {
      for (let more = -1; more !== 0 && !this.flag.stopped; taken += more) more = await this.followPartition(partition)
    }
    if (!this.flag.stopped) this.completeAtMs = startedMs
    return taken
  }

  private async followPartition(partition: number): Promise<number> {
    const states = await this.take(TOPICS.userStates, partition)
    const transitions = await this.take(TOPICS.stageTransitions, partition)
    if (states.length + transitions.length === 0) return 0
    const entries = new Map<string, StoreEntry>()
    await this.addTransitions(entries, transitions)
    await this.addStates(entries, states)
    for (const topic of [TOPICS.userStates, TOPICS.stageTransitions]) {
      const key = positionKey(topic, partition)
      put(entries, { key, value: Buffer.from(String(this.positionOf(topic, partition))) })
    }
    const counts = { byStage: this.byStage, dormant: this.dormant, asOf: this.asOf }
    put(entries, { key: COUNTS_KEY, value: Buffer.from(JSON.stringify(counts)) })
    await this.store.apply({ entries: [...entries.values()], position: NO_POSITION })
    return states.length + transitions.length
  }

  /** A tombstone takes all earlier transitions of the user away: those in the store, and those of this batch. */
  private async addTransitions(entries: Map<string, StoreEntry>, records: readonly ReadRecord[]): Promise<void> {
    for (const { key: user, offset, value } of records) {
      if (value) {
        const { userId, eventTime } = this.codecs.stageTransition.decodeOwn(value)
        put(entries, { key: transitionKey(userId, eventTime, offset), value })
        continue
      }
      const userId = decoder.decode(user) as UserId
      const prefix = nameOf(transitionPrefix(userId))
      const stored = await this.transitionEntries(userId)
      const added = [...entries].filter(([name]) => name.startsWith(prefix)).map(([, entry]) => entry)
      for (const { key } of [...stored, ...added]) put(entries, { key, value: null })
    }
  }

  private async addStates(entries: Map<string, StoreEntry>, records: readonly ReadRecord[]): Promise<void> {
    const latest = new Map(records.map(({ key, value }) => [decoder.decode(key) as UserId, value]))
    const before = await this.statesOf([...latest.keys()])
    for (const [i, [userId, value]] of [...latest].entries()) {
      const state = value && this.codecs.userState.decodeOwn(value)
      this.recount(before[i], state)
      put(entries, { key: stateKey(userId), value })
      if (state) this.asOf = Math.max(this.asOf ?? 0, state.eventTime)
    }
  }

  private transitionEntries(userId: UserId): Promise<readonly { key: Uint8Array; value: Uint8Array }[]> {
    return this.store.range(transitionPrefix(userId), behindTransitions(userId), TRANSITIONS_OF_USER)
  }

  private recount(before: UserStateRecord | null, after: UserStateRecord | null): void {
    for (const [state, step] of [
      [before, -1],
      [after, 1],
    ] as const) {
      if (!state) continue
      this.byStage[state.stage] += step
      if (state.dormant) this.dormant += step
    }
  }

  /** The next records of a partition; moves the position in memory. */
  private async take(topic: string, partition: number): Promise<readonly ReadRecord[]> {
    const from = Math.max(this.positionOf(topic, partition), await this.log.startOffset(topic, partition))
    const { records, nextOffset } = await this.log.read(topic, partition, from, CHUNK)
    this.positions.set(`${topic}/${partition}`, nextOffset)
    return records
  }

  /** A view of another log is not read. */
  private async restore(): Promise<void> {
    const origin = await this.store.get(ORIGIN_KEY)
    if (!origin || decoder.decode(origin) !== this.log.id) {
      await this.store.clear()
      await this.store.apply({ entries: [{ key: ORIGIN_KEY, value: Buffer.from(this.log.id) }], position: NO_POSITION })
    }
    for (const topic of [TOPICS.userStates, TOPICS.stageTransitions]) {
      for (let partition = 0; partition < this.partitionCount(topic); partition++) {
        const stored = await this.store.get(positionKey(topic, partition))
        this.positions.set(`${topic}/${partition}`, stored ? Number(decoder.decode(stored)) : 0)
      }
    }
    const stored = await this.store.get(COUNTS_KEY)
    if (!stored) return
    const { byStage, dormant, asOf } = JSON.parse(decoder.decode(stored)) as StageCounts & { asOf: number | null }
    for (const stage of STAGES) this.byStage[stage] = byStage[stage]
    this.dormant = dormant
    this.asOf = asOf
  }

  private positionOf(topic: string, partition: number): number {
    return this.positions.get(`${topic}/${partition}`) ?? 0
  }

  private partitionCount(topic: string): number {
    return this.log.topics().find(({ name }) => name === topic)?.partitions ?? 0
  }
}

function put(entries: Map<string, StoreEntry>, entry: StoreEntry): void {
  entries.set(nameOf(entry.key), entry)
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1')
}
