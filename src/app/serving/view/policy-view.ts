import type { UserId } from '../../../core/contracts/ids.ts'
import type { EvidenceChanges, EvidenceRow } from '../../../core/policy/evidence-table.ts'
import { policySettings } from '../../../core/policy/policy-settings.ts'
import { CHANNEL_KEY, FUSION_KEY, StagePolicy } from '../../../core/policy/stage-policy.ts'
import type { Log } from '../../../io/log/log.ts'
import type { RecordCodecs } from '../../../io/schemas/record-codecs.ts'
import type { StateStore, StoreEntry } from '../../../io/store/state-store.ts'
import { breathe } from '../../breathe.ts'
import type { Config } from '../../config/config-schema.ts'
import { StopFlag } from '../../stop-flag.ts'
import { TOPICS } from '../../topics.ts'
import { afterPrefix } from '../../tracker/state-keys.ts'
import { DamagedStore } from '../../tracker/watch-store.ts'
import type { WorldLogger } from '../../wire.ts'
import { followLog } from './follow-log.ts'
import type { ReplaceStore } from './user-view.ts'

const CHUNK = 500
const FORMAT = 1
const NO_POSITION = { nextOffset: 0, changelogOffset: 0 }
const ORIGIN_KEY = Buffer.from('o')
const SHARED = Buffer.from('s')
const USER = Buffer.from('u')

const decoder = new TextDecoder()

/**
 * The stage policy, learning from training-examples whose context names a channel or a fusion. Evidence and positions are
 * one batch of its store, so that each example counts once, whatever dies in between.
 */
export class PolicyView {
  private readonly config: Config
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private readonly replaceStore: ReplaceStore | null
  private readonly flag = new StopFlag()
  private store: StateStore
  private positions: number[] = []
  private held: StagePolicy

  private constructor(config: Config, log: Log, codecs: RecordCodecs, store: StateStore, replace: ReplaceStore | null) {
    this.config = config
    this.log = log
    this.codecs = codecs
    this.store = store
    this.replaceStore = replace
    this.held = this.fresh()
  }

  /** The store is the view's from then on. Without `replaceStore` a damaged one ends it. */
  static async open(
    config: Config,
    { log, codecs }: { readonly log: Log; readonly codecs: RecordCodecs },
    store: StateStore,
    replaceStore: ReplaceStore | null = null,
  ): Promise<PolicyView> {
    const view = new PolicyView(config, log, codecs, store, replaceStore)
    await view.restore()
    return view
  }

  get policy(): StagePolicy {
    return this.held
  }

  /** Whether every example before these ends (by `topic/partition`) has been learned from. */
  hasReached(ends: ReadonlyMap<string, number>): boolean {
    return [...this.nextOffsets()].every(([name, next]) => next >= (ends.get(name) ?? 0))
  }

  /** By `topic/partition`. */
  nextOffsets(): ReadonlyMap<string, number> {
    return new Map(this.positions.map((next, partition) => [`${TOPICS.trainingExamples}/${partition}`, next]))
  }

  /** What was deleted leaves the disk. */
  async purge(): Promise<void> {
    await this.store.purge?.()
  }

  /** Follows until it is stopped. Rejects with a failure that does not pass. */
  run(logger: WorldLogger): Promise<void> {
    return followLog(this.log, this.flag, () => this.followOrReplace(), logger)
  }

  stop(): void {
    this.flag.stop()
  }

  async close(): Promise<void> {
    await this.store.close()
  }

  /** Learns from the next examples of every partition. False when none had come. */
  async follow(): Promise<boolean> {
    let hasMoved = false
    for (const partition of this.positions.keys()) {
      if (this.flag.stopped) return false
      const from = this.positions[partition]
      const { records, nextOffset } = await this.log.read(TOPICS.trainingExamples, partition, from, CHUNK)
      if (nextOffset === from) continue
      for (const [i, { key, value }] of records.entries()) {
        await breathe(i)
        if (value && mayTeach(value)) this.held.learn(this.codecs.trainingExample.decodeOwn(value))
        else if (!value && key) this.held.eraseUser(decoder.decode(key) as UserId)
      }
      await this.keep(partition, nextOffset)
      hasMoved = true
    }
    return hasMoved
  }

  /** What was learned from a write that failed is forgotten with it: the store alone knows whether it took effect. */
  private async keep(partition: number, nextOffset: number): Promise<void> {
    const position = { key: positionKey(partition), value: Buffer.from(String(nextOffset)) }
    const entries = [...entriesOf(this.held.takeChanges()), position]
    try {
      await this.store.apply({ entries, position: NO_POSITION })
    } catch (error) {
      await this.restore()
      throw error
    }
    this.positions[partition] = nextOffset
  }

  private async followOrReplace(): Promise<boolean> {
    try {
      return await this.follow()
    } catch (error) {
      if (!(error instanceof DamagedStore) || !this.replaceStore) throw error
      await this.store.close()
      this.store = await this.replaceStore(error)
      await this.restore()
      return true
    }
  }

  private async restore(): Promise<void> {
    const origin = `${FORMAT}/${this.log.id}`
    const stored = await this.store.get(ORIGIN_KEY)
    if (!stored || decoder.decode(stored) !== origin) {
      await this.store.clear()
      await this.store.apply({ entries: [{ key: ORIGIN_KEY, value: Buffer.from(origin) }], position: NO_POSITION })
    }
    const partitions = this.log.topics().find(({ name }) => name === TOPICS.trainingExamples)?.partitions ?? 0
    const positions: number[] = []
    for (let partition = 0; partition < partitions; partition++) {
      const held = await this.store.get(positionKey(partition))
      const start = await this.log.startOffset(TOPICS.trainingExamples, partition)
      positions.push(Math.max(start, held ? Number(decoder.decode(held)) : 0))
    }
    const shared = await this.entries(SHARED)
    const users = await this.entries(USER)
    const policy = this.fresh()
    policy.restore({
      version: 1,
      evidence: {
        shared: shared.map(([, json]) => JSON.parse(json) as EvidenceRow),
        users: users.map(([user, json]): [string, EvidenceRow[]] => [user, JSON.parse(json) as EvidenceRow[]]),
      },
    })
    this.positions = positions
    this.held = policy
  }

  private async entries(prefix: Uint8Array): Promise<[name: string, json: string][]> {
    const entries = await this.store.range(prefix, afterPrefix(prefix), Number.MAX_SAFE_INTEGER)
    return entries.map(({ key, value }) => [decoder.decode(key.subarray(prefix.length)), decoder.decode(value)])
  }

  private fresh(): StagePolicy {
    const { seed, tasks, policy } = this.config
    return new StagePolicy(policySettings({ seed, tasks: tasks.map(({ name }) => name), ...policy }))
  }
}

/** Avro holds texts as they are: without either key in its bytes an example has nothing for the policy, and is not decoded. */
function mayTeach(value: Uint8Array): boolean {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  return bytes.includes(CHANNEL_KEY) || bytes.includes(FUSION_KEY)
}

function positionKey(partition: number): Uint8Array {
  return Buffer.from(`p${partition}`)
}

function entriesOf({ shared, users }: EvidenceChanges): StoreEntry[] {
  return [
    ...shared.map((row) => ({ key: keyOf(SHARED, row[0]), value: Buffer.from(JSON.stringify(row)) })),
    ...users.map(([user, rows]) => ({ key: keyOf(USER, user), value: rows && Buffer.from(JSON.stringify(rows)) })),
  ]
}

function keyOf(prefix: Uint8Array, name: string): Uint8Array {
  return Buffer.concat([prefix, Buffer.from(name)])
}
