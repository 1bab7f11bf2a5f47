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
import type { WorldLogger } from '../../wire.ts'
import { followLog } from './follow-log.ts'
import { type ReplaceStore, ViewStore } from './view-store.ts'

const CHUNK = 500
const FORMAT = 1
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
  private readonly flag = new StopFlag()
  private readonly store: ViewStore
  private positions: number[] = []
  private held: StagePolicy

  private constructor(config: Config, log: Log, codecs: RecordCodecs, store: ViewStore) {
    this.config = config
    this.log = log
    this.codecs = codecs
    this.store = store
    this.held = this.fresh()
  }

  /** The store is the view's from then on. Without `replaceStore` a damaged one ends it. */
  static async open(
    config: Config,
    { log, codecs }: { readonly log: Log; readonly codecs: RecordCodecs },
    store: StateStore,
    replaceStore: ReplaceStore | null = null,
  ): Promise<PolicyView> {
    const view = new PolicyView(config, log, codecs, new ViewStore(store, `${FORMAT}/${log.id}`, replaceStore))
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
  purge(): Promise<void> {
    return this.store.purge()
  }

  /** Follows until it is stopped. Rejects with a failure that does not pass. */
  run(logger: WorldLogger): Promise<void> {
    return followLog(
      this.log,
      this.flag,
      () =>
        this.store.mended(
          () => this.follow(),
          () => this.restore(),
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

  /** Learns from the next examples of every partition. False when none had come. */
  async follow(): Promise<boolean> {
    let hasMoved = false
    for (const partition of this.positions.keys()) {
      if (this.flag.stopped) return false
      const from = this.positions[partition]
      const { records, nextOffset } = await this.log.read(TOPICS.trainingExamples, partition, from, CHUNK)
      if (nextOffset === from) continue
      for (const { key, value } of records) {
        await breathe()
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
      await this.store.apply(entries)
    } catch (error) {
      await this.restore()
      throw error
    }
    this.positions[partition] = nextOffset
  }

  private async restore(): Promise<void> {
    await this.store.claim()
    const partitions = this.log.topics().find(({ name }) => name === TOPICS.trainingExamples)?.partitions ?? 0
    const positions: number[] = []
    for (let partition = 0; partition < partitions; partition++) {
      const held = await this.store.text(positionKey(partition))
      const start = await this.log.startOffset(TOPICS.trainingExamples, partition)
      positions.push(Math.max(start, Number(held ?? 0)))
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
    const entries = await this.store.withPrefix(prefix)
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
