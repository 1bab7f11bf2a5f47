import type { UserId } from '../../core/contracts/ids.ts'
import type { Log } from '../../io/log/log.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { TRACKER_GROUP } from '../pipeline.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'

/** A tombstone of interactions that the tracker has read. */
export interface PendingErasure {
  readonly userId: UserId
  readonly partition: number
  readonly offset: number
}

interface Saved {
  /** Next offset of interactions to look at, by partition. */
  readonly positions: Readonly<Record<string, number>>
  /** Whether bytes of what was removed may still be on the disk. */
  readonly unpurged: boolean
}

const KEY = new TextEncoder().encode('erasures')
const CHUNK = 5000
/** Records looked at in one go: a fraction of a second. */
const LOOK_LIMIT = 100_000
const decoder = new TextDecoder()

/**
 * The erasures that are still to be finished. They are found in interactions, whose tombstones go last: so a process that
 * dies in the middle finds them again. What is stored of its own names no user.
 */
export class PendingErasures {
  private readonly log: Log
  private readonly store: StateStore
  private positions: Record<string, number>
  private unpurgedBytes: boolean
  private found: PendingErasure[] = []

  private constructor(log: Log, store: StateStore, { positions, unpurged }: Saved) {
    this.log = log
    this.store = store
    this.positions = { ...positions }
    this.unpurgedBytes = unpurged
  }

  static async open(log: Log, store: StateStore): Promise<PendingErasures> {
    const stored = await store.get(KEY)
    const saved = stored ? (JSON.parse(decoder.decode(stored)) as Saved) : { positions: {}, unpurged: false }
    return new PendingErasures(log, store, saved)
  }

  get all(): readonly PendingErasure[] {
    return this.found
  }

  get unpurged(): boolean {
    return this.unpurgedBytes
  }

  /** From here on interactions must stay: a tombstone goes with its erasure, and not before. */
  keepFrom(partition: number): number {
    const own = this.found.filter((pending) => pending.partition === partition).map(({ offset }) => offset)
    return Math.min(this.positions[partition] ?? 0, ...own)
  }

  /** Looks at what the tracker has read since; false where there is more to look at. */
  async look(): Promise<boolean> {
    let budget = LOOK_LIMIT
    const partitions = this.log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 0
    for (let partition = 0; partition < partitions; partition++) {
      const end = (await this.log.committed(TRACKER_GROUP, TOPICS.interactions, partition)) ?? 0
      const start = await this.log.startOffset(TOPICS.interactions, partition)
      const from = Math.max(this.positions[partition] ?? 0, start)
      const to = Math.min(end, from + budget)
      for await (const { records, nextOffset } of readTo(this.log, TOPICS.interactions, partition, from, to, CHUNK)) {
        for (const { key, value, offset } of records) {
          if (value === null && key !== null && key.length > 0) {
            this.found.push({ userId: decoder.decode(key) as UserId, partition, offset })
          }
        }
        budget -= nextOffset - (this.positions[partition] ?? from)
        this.positions[partition] = nextOffset
      }
      if (to < end) return false
    }
    return true
  }

  /** From here on bytes of what was removed are on the disk. */
  async begin(): Promise<void> {
    this.unpurgedBytes = true
    await this.save()
  }

  /** These are done, and nothing of them is on the disk. */
  async finish(done: readonly PendingErasure[]): Promise<void> {
    this.found = this.found.filter((pending) => !done.includes(pending))
    this.unpurgedBytes = false
    await this.save()
  }

  /** What has been found is found again. */
  private async save(): Promise<void> {
    const positions = { ...this.positions }
    for (const { partition, offset } of this.found) positions[partition] = Math.min(positions[partition], offset)
    const saved: Saved = { positions, unpurged: this.unpurgedBytes }
    await this.store.apply({
      entries: [{ key: KEY, value: Buffer.from(JSON.stringify(saved)) }],
      position: { nextOffset: 0, changelogOffset: 0 },
    })
  }
}
