import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { cachedUsersPerPartition, trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { type Config, configSchema } from '../../../src/app/config/config-schema.ts'
import { partitionOf } from '../../../src/app/partition-of.ts'
import { Pipeline, TRACKER_GROUP } from '../../../src/app/pipeline.ts'
import { SkewMeter } from '../../../src/app/replay/skew-meter.ts'
import { verifyPartition } from '../../../src/app/replay/verify-partition.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { TrackerGroup } from '../../../src/app/tracker/tracker-group.ts'
import { memoryWorld, openWorld, scratchStore, type World } from '../../../src/app/wire.ts'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts'
import { createTopics, kafkaSection } from '../../support/kafka/kafka-config.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { NEWEST_KAFKA } from '../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../support/kafka/require-kafka.ts'
import { outputsByUser, type UserOutputs } from '../../support/outputs-by-user.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const PARTITIONS = 4
const interactions = simulatedInteractions(6000)

/** Appends events in portions, as a producer would. */
async function produce(world: World, events: readonly Interaction[]): Promise<void> {
  for (let from = 0; from < events.length; from += 500) {
    await world.log.append(
      events.slice(from, from + 500).map((interaction) => ({
        topic: TOPICS.interactions,
        partition: partitionOf(interaction.userId, PARTITIONS),
        key: Buffer.from(interaction.userId),
        value: world.codecs.interaction.encode(interaction),
        timestamp: interaction.eventTime,
      })),
    )
  }
}

async function referenceOf(config: Config): Promise<Record<string, UserOutputs>> {
  const world = await memoryWorld({ ...config, log: 'embedded' })
  await produce(world, interactions)
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  await pipeline.finish()
  return outputsByUser(world.log, world.codecs)
}

const verify = ({ log, codecs }: World, partition: number) =>
  verifyPartition({ log, codecs, partition, store: null, scratch: scratchStore })

const skewMetersOf = ({ log, codecs }: World) =>
  Array.from(
    { length: PARTITIONS },
    (_, partition) =>
      new SkewMeter({ log, codecs, partition, share: 1, maxUsers: 1000, seed: 1, store: () => new MemoryStore() }),
  )

describeWithKafka('trackers on Kafka', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  const configOf = (prefix: string): Config =>
    configSchema.parse({
      ...SMALL_SETTINGS,
      log: 'kafka',
      partitions: PARTITIONS,
      kafka: kafkaSection(cluster, prefix, { compression: 'none' }),
    })

  async function openInstance(config: Config, standby = false) {
    const world = await openWorld({ ...config, dataDir: join(await temporaryFolder(), 'data') }, '0', QUIET_LOGGER)
    const { sliceSize, commitIntervalMs } = config.tracker
    const cachedUsers = cachedUsersPerPartition(config)
    const settings = trackerSettingsOf(config)
    const ran = { sliceSize, commitIntervalMs, cachedUsers, standby }
    const options = { settings, group: TRACKER_GROUP, partitions: PARTITIONS, ...ran }
    const group = await TrackerGroup.join(world, options, QUIET_LOGGER)
    return {
      world,
      group,
      stop: async () => {
        await group.leave()
        await world.close()
      },
    }
  }

  async function untilTracked(world: World): Promise<void> {
    await vi.waitFor(
      async () => {
        for (let partition = 0; partition < PARTITIONS; partition++) {
          const end = await world.log.endOffset(TOPICS.interactions, partition)
          // The last record is followed by the mark of its transaction.
          expect(await world.log.committed(TRACKER_GROUP, TOPICS.interactions, partition)).toBeGreaterThanOrEqual(
            end - 1,
          )
        }
      },
      { timeout: 60_000, interval: 100 },
    )
  }

  test('say the same of every user as one tracker on the embedded log, while instances come and go', async () => {
    const config = configOf('come-and-go')
    await createTopics(config)
    const reference = await referenceOf(config)
    const producer = await openWorld({ ...config, dataDir: join(await temporaryFolder(), 'data') }, '0', QUIET_LOGGER)
    const first = await openInstance(config)
    await produce(producer, interactions.slice(0, 2000))
    // A meter begins with what has been tracked.
    await untilTracked(producer)
    const meters = skewMetersOf(producer)
    for (const meter of meters) await meter.look()
    const second = await openInstance(config, true)
    await produce(producer, interactions.slice(2000, 4000))
    const third = await openInstance(config)
    await first.stop()
    await produce(producer, interactions.slice(4000))
    // While the others are at work.
    for (let partition = 0; partition < PARTITIONS; partition++)
      expect((await verify(producer, partition)).first).toBeNull()
    let checked = 0
    const look = async () => {
      const looks = await Promise.all(meters.map((meter) => meter.look()))
      expect(looks.map(({ first: difference }) => difference)).toEqual(looks.map(() => null))
      checked += looks.reduce((sum, { checked: more }) => sum + more, 0)
    }
    await look()
    await untilTracked(producer)
    await look()
    expect(checked).toBeGreaterThan(0)
    expect(second.group.runs().size + third.group.runs().size).toBe(PARTITIONS)
    await second.stop()
    await third.stop()
    expect(await outputsByUser(producer.log, producer.codecs)).toEqual(reference)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { first: difference, users } = await verify(producer, partition)
      expect({ difference, hasUsers: users > 5 }).toEqual({ difference: null, hasUsers: true })
    }
    await producer.close()
  })
})
