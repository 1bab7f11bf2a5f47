import { partitionOf } from '../../src/app/partition-of.ts'
import { TRACKER_GROUP } from '../../src/app/pipeline.ts'
import { TOPICS, topicSpecs, type TopicName } from '../../src/app/topics.ts'
import { PartitionTracker } from '../../src/app/tracker/partition-tracker.ts'
import type { Interaction } from '../../src/core/contracts/interaction.ts'
import type { ModelBundle } from '../../src/core/contracts/model-bundle.ts'
import type { TrackerSettings } from '../../src/core/contracts/tracker-settings.ts'
import type { OutputRecord, ReadRecord } from '../../src/io/log/log.ts'
import { MemoryLog } from '../../src/io/log/memory-log.ts'
import { createRecordCodecs, type RecordCodecs } from '../../src/io/schemas/record-codecs.ts'
import { MemoryStore } from '../../src/io/store/memory-store.ts'
import { readTopic } from '../../src/app/report/read-topic.ts'
import { dumpStore } from './dump-store.ts'
import { dumpTopics } from './dump-topics.ts'
import type { FailingWrites } from './failing-writes.ts'
import { TEST_SETTINGS } from './tracker-settings.ts'

const codecs = createRecordCodecs()

export interface TrackerChoice {
  readonly partition?: number
  readonly sliceSize?: number
  readonly cachedUsers?: number
  readonly settings?: TrackerSettings
  readonly failures?: FailingWrites
  readonly positionBelowStart?: 'fail' | 'earliest' | 'latest'
}

/** A log and a state store per partition in memory, and trackers on them that may die and be opened again. */
export class TrackerBench {
  readonly log = new MemoryLog()
  readonly stores: MemoryStore[]
  readonly codecs: RecordCodecs = codecs

  private constructor(partitions: number) {
    this.stores = Array.from({ length: partitions }, () => new MemoryStore())
  }

  static async create(partitions = 1): Promise<TrackerBench> {
    const bench = new TrackerBench(partitions)
    await bench.log.ensureTopics(topicSpecs(partitions))
    return bench
  }

  open(choice: TrackerChoice = {}): Promise<PartitionTracker> {
    const {
      partition = 0,
      sliceSize = 100,
      cachedUsers = 1000,
      settings = TEST_SETTINGS,
      failures,
      positionBelowStart,
    } = choice
    const { log } = this
    const store = this.stores[partition]
    return PartitionTracker.open({
      log: failures ? failures.log(log) : log,
      store: failures ? failures.store(store) : store,
      codecs,
      settings,
      group: TRACKER_GROUP,
      partition,
      sliceSize,
      cachedUsers,
      positionBelowStart,
    })
  }

  /** Opens a tracker and runs it to the end of the input. */
  async run(choice: TrackerChoice = {}): Promise<PartitionTracker> {
    const tracker = await this.open(choice)
    await drain(tracker)
    return tracker
  }

  /** The records of interactions that a producer would write. */
  recordsOf(interactions: readonly Interaction[]): OutputRecord[] {
    return interactions.map((interaction) => ({
      topic: TOPICS.interactions,
      partition: partitionOf(interaction.userId, this.stores.length),
      key: Buffer.from(interaction.userId),
      value: codecs.interaction.encode(interaction),
      timestamp: interaction.eventTime,
    }))
  }

  async send(...interactions: readonly Interaction[]): Promise<void> {
    await this.log.append(this.recordsOf(interactions))
  }

  async publish(bundle: ModelBundle): Promise<void> {
    const value = codecs.modelBundle.encode(bundle)
    await this.log.append([{ topic: TOPICS.modelBundles, partition: 0, key: null, value, timestamp: bundle.eventTime }])
  }

  async records(topic: TopicName): Promise<(ReadRecord & { partition: number })[]> {
    const records: (ReadRecord & { partition: number })[] = []
    for await (const record of readTopic(this.log, topic)) records.push(record)
    return records
  }

  async examples() {
    const records = await this.records(TOPICS.trainingExamples)
    return records.flatMap(({ value }) => (value ? [codecs.trainingExample.decodeOwn(value)] : []))
  }

  async transitions() {
    const records = await this.records(TOPICS.stageTransitions)
    return records.flatMap(({ value }) => (value ? [codecs.stageTransition.decodeOwn(value)] : []))
  }

  /** Latest state of each user, tombstones as null. */
  async userStates() {
    const records = await this.records(TOPICS.userStates)
    return new Map(
      records.map(({ key, value }) => [Buffer.from(key!).toString(), value && codecs.userState.decodeOwn(value)]),
    )
  }

  /** All topics, and all stores. */
  async dump(settings: TrackerSettings = TEST_SETTINGS) {
    return {
      topics: await dumpTopics(this.log),
      stores: await Promise.all(this.stores.map((store) => dumpStore(store, settings.joiner))),
    }
  }
}

/** Works until nothing is left, incomplete slices included. */
export async function drain(tracker: PartitionTracker): Promise<void> {
  while ((await tracker.step({ partial: true })) > 0);
}
