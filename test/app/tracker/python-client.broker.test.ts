import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/app/config/config-schema.ts'
import { partitionOf } from '../../../src/app/partition-of.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { openWorld, type World } from '../../../src/app/wire.ts'
import { STAGE_TRANSITION_MAPPING } from '../../../src/io/schemas/mappings/stage-transition-mapping.ts'
import { USER_STATE_MAPPING } from '../../../src/io/schemas/mappings/user-state-mapping.ts'
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts'
import { createTopics, kafkaSection } from '../../support/kafka/kafka-config.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { NEWEST_KAFKA } from '../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../support/kafka/require-kafka.ts'
import { newestSchemaFile } from '../../support/newest-schema-file.ts'
import { openPython, revive } from '../../support/python/open-python.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { SMALL_SETTINGS } from '../../support/small-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const PARTITIONS = 2
const EVENTS = 3000
const PREFIX = 'python.'

interface PythonRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: unknown
}

const python = openPython(['kafka', 'fastavro'])

/** Events of some users, one of whom is erased at the end. Returns the number of records by partition. */
async function produce(world: World): Promise<number[]> {
  const events = simulatedInteractions(EVENTS)
  const erased = { userId: events[0].userId, timestamp: events.at(-1)!.eventTime }
  const records = [
    ...events.map((interaction) => ({
      topic: TOPICS.interactions,
      partition: partitionOf(interaction.userId, PARTITIONS),
      key: Buffer.from(interaction.userId),
      value: world.codecs.interaction.encode(interaction),
      timestamp: interaction.eventTime,
    })),
    {
      topic: TOPICS.interactions,
      partition: partitionOf(erased.userId, PARTITIONS),
      key: Buffer.from(erased.userId),
      value: null,
      timestamp: erased.timestamp,
    },
  ]
  await world.log.append(records)
  return Array.from(
    { length: PARTITIONS },
    (_, partition) => records.filter((record) => record.partition === partition).length,
  )
}

describeWithKafka('a client in Python', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  describe.skipIf(python === null)('with confluent-kafka and fastavro', () => {
    test('reads of user-states and stage-transitions what we read', async () => {
      const kafka = kafkaSection(cluster, 'python', { prefix: PREFIX })
      const config = configSchema.parse({ ...SMALL_SETTINGS, log: 'kafka', partitions: PARTITIONS, kafka })
      await createTopics(config)
      const world = await openWorld({ ...config, dataDir: join(await temporaryFolder(), 'data') }, '0', QUIET_LOGGER)
      const appended = await produce(world)
      const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
      while (pipeline.trackers.some(({ nextOffset }, partition) => nextOffset < appended[partition])) {
        await pipeline.finish()
        await setTimeout(20)
      }
      const read = (await python!('read_topics.py', {
        brokers: cluster.bootstrapServers.join(','),
        topics: {
          [PREFIX + TOPICS.userStates]: newestSchemaFile('user-state'),
          [PREFIX + TOPICS.stageTransitions]: newestSchemaFile('stage-transition'),
        },
      })) as PythonRecord[]
      const { userState, stageTransition } = world.codecs
      const seen = {
        [TOPICS.userStates]: (value: Uint8Array) => USER_STATE_MAPPING.toBody(userState.decodeOwn(value)),
        [TOPICS.stageTransitions]: (value: Uint8Array) =>
          STAGE_TRANSITION_MAPPING.toBody(stageTransition.decodeOwn(value)),
      }
      for (const [topic, bodyOf] of Object.entries(seen)) {
        const ours: PythonRecord[] = []
        for await (const { partition, offset, key, value } of readTopic(world.log, topic)) {
          ours.push({ topic: PREFIX + topic, partition, offset, key: String(key), value: value && bodyOf(value) })
        }
        const theirs = read.filter((record) => record.topic === PREFIX + topic)
        expect(ours.length).toBeGreaterThan(20)
        expect(theirs.map(({ value, ...rest }) => ({ ...rest, value: revive(value) }))).toEqual(ours)
      }
      const states = read.filter(({ topic }) => topic === PREFIX + TOPICS.userStates)
      expect(states.some(({ value }) => value === null)).toBe(true)
      await world.close()
    })
  })
})
