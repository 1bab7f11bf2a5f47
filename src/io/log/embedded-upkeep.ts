import type { Level } from '../level/open-level.ts'
import { BatchPartition } from './batch-partition.ts'
import type { Expiry, LogUpkeep, Removal } from './log.ts'
import { offsetKey, offsetOfKey, offsetValue, PARTITION_PREFIX_BYTES, partitionPrefix, readOffset } from './log-keys.ts'
import type { WriteInTurn } from './removal.ts'
import type { LevelOperation, StoredPartition } from './stored-partition.ts'
import type { Topic } from './topic-table.ts'

/** Before and behind every key of the log. */
const FIRST_KEY = Buffer.from([0])
const LAST_KEY = Buffer.from([255])

/** What upkeep needs of the log it belongs to. */
export interface UpkeepAccess {
  readonly level: Level
  topics(): Iterable<Topic>
  batchBytes(): number
  find(action: string, topic: string, partition: number): { topic: Topic; stored: StoredPartition }
  /** One at a time, and none while a topic is compacted. */
  alone<T>(action: string, work: (write: WriteInTurn) => Promise<T>): Promise<T>
}

export class EmbeddedUpkeep implements LogUpkeep {
  readonly #access: UpkeepAccess

  constructor(access: UpkeepAccess) {
    this.#access = access
  }

  remove(topic: string, partition: number, removal: Removal): Promise<number> {
    const action = `remove records of ${topic}/${partition}`
    return this.#access.alone(action, (write) =>
      this.#access.find('remove records of', topic, partition).stored.remove(removal, write),
    )
  }

  mark(nowMs: number): Promise<void> {
    if (!Number.isSafeInteger(nowMs) || nowMs < 0) throw new RangeError(`Cannot mark the log: the time is ${nowMs}`)
    return this.#access.alone('mark the log', async (write) => {
      const operations: LevelOperation[] = []
      for (const topic of this.#access.topics()) {
        if (topic.cleanup !== 'delete') continue
        for (let partition = 0; partition < topic.partitions; partition++) {
          operations.push(...(await this.#markOf(topic, partition, nowMs)))
        }
      }
      if (operations.length > 0) await write(operations)
    })
  }

  expire(topic: string, partition: number, expiry: Expiry): Promise<number> {
    return this.#access.alone(`expire ${topic}/${partition}`, async (write) => {
      const { stored } = this.#access.find('expire', topic, partition)
      return stored instanceof BatchPartition ? stored.expire(expiry, write) : stored.startOffset
    })
  }

  async positions(topic: string, partition: number): Promise<ReadonlyMap<string, number>> {
    const { id } = this.#access.find('read positions of', topic, partition).topic
    const range = {
      gte: partitionPrefix('position', id, partition),
      lt: partitionPrefix('position', id, partition + 1),
    }
    const positions = new Map<string, number>()
    for await (const [key, value] of this.#access.level.iterator(range)) {
      positions.set(Buffer.from(key.subarray(PARTITION_PREFIX_BYTES)).toString(), readOffset(value, 0))
    }
    return positions
  }

  memory(): { levelBytes: number; batchBytes: number } {
    const { level } = this.#access
    const isOpen = level.status === 'open'
    const levelBytes = isOpen ? Number(level.getProperty('leveldb.approximate-memory-usage')) : 0
    return { levelBytes, batchBytes: this.#access.batchBytes() }
  }

  /**
   * LevelDB drops what was replaced where it merges tables. It writes its buffer to a table as it is, with what was
   * replaced within it, and may put that table below all others, where nothing would ever be merged with it. So the
   * buffer goes first; then two entries around all keys make a table that overlaps with every other.
   */
  purge(): Promise<void> {
    const { level } = this.#access
    // Keys of the log name topics, partitions and offsets: LevelDB's own notes about its tables hold no record.
    return this.#access.alone('merge the tables of the log', async (write) => {
      await level.compactRange(FIRST_KEY, FIRST_KEY)
      const around = [FIRST_KEY, LAST_KEY].map((key): LevelOperation => ({ type: 'put', key, value: Buffer.alloc(0) }))
      if (await write(around)) await level.compactRange(FIRST_KEY, LAST_KEY)
    })
  }

  /** One where the partition has moved since the last. */
  async #markOf(topic: Topic, partition: number, nowMs: number): Promise<LevelOperation[]> {
    const { level } = this.#access
    const prefix = partitionPrefix('mark', topic.id, partition)
    const range = { gte: offsetKey(prefix, 0), lte: offsetKey(prefix, Number.MAX_SAFE_INTEGER) }
    const { endOffset } = this.#access.find('mark', topic.name, partition).stored
    const [latest] = await level.iterator({ ...range, reverse: true, limit: 1 }).all()
    // A clock that was set back must not make records older than they are.
    if (latest && (readOffset(latest[1], 0) >= endOffset || offsetOfKey(latest[0]) >= nowMs)) return []
    return [{ type: 'put', key: offsetKey(prefix, nowMs), value: offsetValue(endOffset) }]
  }
}
