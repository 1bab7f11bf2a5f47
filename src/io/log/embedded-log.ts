import { randomUUID } from 'node:crypto'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { levelFailure } from '../level/level-failure.ts'
import { type Level, openLevel } from '../level/open-level.ts'
import { BatchPartition } from './batch-partition.ts'
import { ChangeSignal } from './change-signal.ts'
import { checkPosition } from './check-position.ts'
import { checkRead } from './check-read.ts'
import { CompactedPartition } from './compacted-partition.ts'
import { EmbeddedUpkeep } from './embedded-upkeep.ts'
import { groupByPartition } from './group-by-partition.ts'
import { LocalGroups } from './local-groups.ts'
import { LocalWriters } from './local-writers.ts'
import type { LogUpkeep } from './log.ts'
import { closedError } from './closed-error.ts'
import {
  FORMAT_KEY,
  ID_KEY,
  freeKey,
  offsetValue,
  partitionPrefix,
  readOffset,
  TOPIC_KEYS,
  topicKey,
  topicNameOf,
} from './log-keys.ts'
import type {
  GroupPosition,
  Log,
  LogSlice,
  LogWriter,
  Membership,
  MembershipListener,
  OutputRecord,
  TopicSpec,
} from './log.ts'
import { RecentBatches } from './recent-batches.ts'
import type { WriteInTurn } from './removal.ts'
import type { LevelOperation, StoredPartition } from './stored-partition.ts'
import type { Topic } from './topic-table.ts'
import { decodeTopic, encodeTopic, TopicTable } from './topic-table.ts'

/** 3: batches may cover holes at their ends, and partitions begin behind 0. A log of format 2 is one without these. */
const FORMAT_VERSION = 3
const OLDEST_FORMAT = 2
const MIB = 1024 * 1024

export interface EmbeddedLogOptions {
  /**
   * False (default): a write is with the operating system when its promise resolves, so it outlives a crash or kill -9
   * of the process, not a power cut. True: it is on the disk, at the price of an fsync per append or commit.
   */
  readonly sync?: boolean
  /** LevelDB's write buffer; the log holds up to two of them in memory. Default 32 MiB. */
  readonly writeBufferBytes?: number
  /** Memory for the batches written or read last. Default 32 MiB. */
  readonly recentBytes?: number
  /** A partition of a compacted topic is compacted no sooner than so much has been appended to it. Default 64 MiB. */
  readonly compactAfterBytes?: number
}

/**
 * Opens the log in a folder of its own, which it creates when missing. Throws LifecycleError `folder-in-use`,
 * `newer-format`, `corrupt`.
 */
export async function openEmbeddedLog(folder: string, options: EmbeddedLogOptions = {}): Promise<Log> {
  const writeBufferSize = options.writeBufferBytes ?? 32 * MIB
  const level = await openLevel('the log', folder, { writeBufferSize, maxFileSize: 32 * MIB })
  try {
    await checkFormat(level, folder)
    const log = new EmbeddedLog(await readId(level), level, await readTopics(level), options)
    await log.recover()
    return log
  } catch (error) {
    await level.close().catch(() => {})
    throw levelFailure(`open the log in ${folder}`, error)
  }
}

/**
 * Ordered partitions in one LevelDB. Appends and commits run one after the other in the order of the calls; a commit
 * is one atomic LevelDB batch. Reads run at any time and see what was written before they began.
 */
class EmbeddedLog implements Log {
  readonly id: string
  readonly upkeep: LogUpkeep
  readonly #level: Level
  readonly #topics: TopicTable
  readonly #writers = new LocalWriters()
  readonly #groups = new LocalGroups()
  readonly #partitions = new Map<string, StoredPartition[]>()
  readonly #recent: RecentBatches
  readonly #compactAfterBytes: number
  readonly #signal = new ChangeSignal()
  readonly #sync: boolean
  #lastWrite: Promise<unknown> = Promise.resolve()
  #compacting: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(id: string, level: Level, topics: TopicTable, options: EmbeddedLogOptions) {
    this.id = id
    this.#level = level
    this.#topics = topics
    this.#sync = options.sync ?? false
    this.#recent = new RecentBatches(options.recentBytes ?? 32 * MIB)
    this.#compactAfterBytes = options.compactAfterBytes ?? 64 * MIB
    this.upkeep = new EmbeddedUpkeep({
      level,
      topics: () => this.#topics,
      batchBytes: () => this.#recent.bytes,
      find: (action, name, partition) => ({
        topic: this.#topics.find(action, name, partition),
        stored: this.#find(action, name, partition),
      }),
      alone: (action, work) => this.#alone(action, work),
    })
    for (const topic of topics) this.#addPartitions(topic)
  }

  /** Finds the end of every partition in what is stored. */
  async recover(): Promise<void> {
    for (const partitions of this.#partitions.values()) {
      for (const partition of partitions) await partition.recover()
    }
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#write('create topics', async () => {
      const created = this.#topics.plan(specs)
      await this.#store(created.map((topic) => ({ type: 'put', key: topicKey(topic.name), value: encodeTopic(topic) })))
      this.#topics.add(created)
      for (const topic of created) this.#addPartitions(topic)
    })
  }

  topics(): readonly TopicSpec[] {
    return this.#topics.specs()
  }

  async append(records: readonly OutputRecord[]): Promise<readonly number[]> {
    return this.#publish('append to', records, [])
  }

  async openWriter(task: string): Promise<LogWriter> {
    if (this.#closing !== null) throw closedError('open a writer of the log')
    const epoch = this.#writers.open(task)
    return {
      commit: async ({ group, outputs, positions }) => {
        const writes = positions.map((position): LevelOperation => this.#positionWrite(group, position))
        return this.#publish('commit to', outputs, writes, () => this.#writers.check(task, epoch))
      },
      close: async () => {},
    }
  }

  async join(group: string, topic: string, listener: MembershipListener): Promise<Membership> {
    if (this.#closing !== null) throw closedError('join a group of the log')
    return this.#groups.join(group, topic, this.#topics.find('join a group of', topic, 0).partitions, listener)
  }

  async read(topic: string, partition: number, offset: number, limit: number): Promise<LogSlice> {
    checkRead(topic, partition, offset, limit)
    return this.#guard(`read ${topic}/${partition}`, () => this.#find('read', topic, partition).read(offset, limit))
  }

  async startOffset(topic: string, partition: number): Promise<number> {
    return this.#guard('read a start offset', async () => this.#find('read', topic, partition).startOffset)
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return this.#guard('read an end offset', async () => this.#find('read', topic, partition).endOffset)
  }

  async committed(group: string, topic: string, partition: number): Promise<number | null> {
    return this.#guard(`read the position of ${group}`, async () => {
      const value = await this.#level.get(this.#positionKey('read', group, topic, partition))
      return value === undefined ? null : readOffset(value, 0)
    })
  }

  changed(): Promise<void> {
    return this.#signal.wait()
  }

  async close(): Promise<void> {
    this.#closing ??= this.#finish()
    this.#signal.end()
    await this.#closing
  }

  /** A compaction under way stops at its next write. */
  async #finish(): Promise<void> {
    await this.#lastWrite
    await this.#compacting
    await this.#lastWrite
    await this.#level.close()
  }

  /** Bytes are copied out of `records` before the first await: the caller may reuse them at once. */
  async #publish(
    action: string,
    records: readonly OutputRecord[],
    further: readonly LevelOperation[],
    check: () => void = () => {},
  ): Promise<readonly number[]> {
    if (this.#closing !== null) throw closedError(`${action} the log`)
    const groups = groupByPartition(action, records, this.#topics)
    const appends = groups.map((group) => this.#find(action, group.topic.name, group.partition).prepare(group.records))
    return this.#write(`${action} the log`, async () => {
      check()
      const plans = await Promise.all(appends.map((append) => append.plan()))
      await this.#store([...plans.flatMap((plan) => plan.operations), ...further])
      const offsets = Array.from<number>({ length: records.length })
      for (let index = 0; index < groups.length; index++) {
        const first = plans[index].publish()
        for (const [rank, place] of groups[index].places.entries()) offsets[place] = first + rank
      }
      this.#signal.fire()
      this.#compactIfDue(groups.map((group) => this.#find(action, group.topic.name, group.partition)))
      return offsets
    })
  }

  /** One compaction at a time, between the appends. */
  #compactIfDue(partitions: readonly StoredPartition[]): void {
    if (this.#compacting !== null) return
    for (const partition of partitions) {
      if (!(partition instanceof CompactedPartition) || !partition.isDue(this.#compactAfterBytes)) continue
      const write = this.#writeInTurn('compact the log')
      // A failure here is one of the next append or read, too, and told there.
      this.#compacting = partition
        .compact(write)
        .catch(() => {})
        .finally(() => (this.#compacting = null))
      return
    }
  }

  #writeInTurn(action: string): WriteInTurn {
    return async (operations) => {
      if (this.#closing !== null) return false
      await this.#write(action, () => this.#store(operations))
      return true
    }
  }

  /** Upkeep takes the turn of a compaction: none begins before it has ended. */
  async #alone<T>(action: string, work: (write: WriteInTurn) => Promise<T>): Promise<T> {
    while (this.#compacting !== null) await this.#compacting
    const done = this.#guard(action, () => work(this.#writeInTurn(action)))
    this.#compacting = ended(done)
    try {
      return await done
    } finally {
      this.#compacting = null
    }
  }

  /** Runs after every earlier write, whether those succeeded or not. */
  #write<T>(action: string, work: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) return Promise.reject(closedError(action))
    const result = this.#lastWrite.then(() => this.#guard(action, work, true))
    this.#lastWrite = result.catch(() => {})
    return result
  }

  /** A read that a close overtakes reports `closed`; a write accepted before the close still runs. */
  async #guard<T>(action: string, work: () => Promise<T>, accepted = false): Promise<T> {
    if (this.#closing !== null && !accepted) throw closedError(action)
    try {
      return await work()
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error
      if (this.#closing !== null && !accepted) throw closedError(action)
      throw levelFailure(action, error)
    }
  }

  /** One atomic LevelDB write. A chained batch costs the main thread half of what an array of operations does. */
  async #store(operations: readonly LevelOperation[]): Promise<void> {
    if (operations.length === 0) return
    const batch = this.#level.batch()
    for (const operation of operations) {
      if (operation.type === 'put') batch.put(operation.key, operation.value)
      else batch.del(operation.key)
    }
    await batch.write({ sync: this.#sync })
  }

  #addPartitions(topic: Topic): void {
    const partitions = Array.from({ length: topic.partitions }, (_, partition): StoredPartition =>
      topic.cleanup === 'compact'
        ? new CompactedPartition(this.#level, topic, partition)
        : new BatchPartition(this.#level, topic, partition, this.#recent),
    )
    this.#partitions.set(topic.name, partitions)
  }

  #find(action: string, topic: string, partition: number): StoredPartition {
    this.#topics.find(action, topic, partition)
    return this.#partitions.get(topic)![partition]
  }

  #positionKey(action: string, group: string, topic: string, partition: number): Uint8Array {
    const { id } = this.#topics.find(action, topic, partition)
    return freeKey(partitionPrefix('position', id, partition), Buffer.from(group))
  }

  #positionWrite(group: string, position: GroupPosition): LevelOperation {
    const { topic, partition, nextOffset } = position
    checkPosition(group, position)
    const key = this.#positionKey('commit a position of', group, topic, partition)
    return { type: 'put', key, value: offsetValue(nextOffset) }
  }
}

async function checkFormat(level: Level, folder: string): Promise<void> {
  const found = await level.get(FORMAT_KEY)
  if (found === undefined || (found[0] >= OLDEST_FORMAT && found[0] < FORMAT_VERSION)) {
    await level.put(FORMAT_KEY, Buffer.from([FORMAT_VERSION]))
  } else if (found[0] > FORMAT_VERSION) {
    throw new LifecycleError(
      'newer-format',
      `Cannot open the log in ${folder}: its format is ${found[0]} and this program reads up to ${FORMAT_VERSION}`,
    )
  } else if (found[0] < FORMAT_VERSION) {
    throw new LifecycleError(
      'older-format',
      `Cannot open the log in ${folder}: its format is ${found[0]} and this program reads ${OLDEST_FORMAT} to ${FORMAT_VERSION}; ` +
        'read the input again into a new folder',
    )
  }
}

/** Given to the log when it is first opened. */
async function readId(level: Level): Promise<string> {
  const found = await level.get(ID_KEY)
  if (found !== undefined) return Buffer.from(found).toString()
  const id = randomUUID()
  await level.put(ID_KEY, Buffer.from(id))
  return id
}

async function readTopics(level: Level): Promise<TopicTable> {
  const topics: Topic[] = []
  for await (const [key, value] of level.iterator(TOPIC_KEYS)) topics.push(decodeTopic(topicNameOf(key), value))
  return new TopicTable(topics.sort((left, right) => left.id - right.id))
}

/** Resolves when the work ends, in whatever way. */
async function ended(work: Promise<unknown>): Promise<void> {
  await work.catch(() => {})
}
