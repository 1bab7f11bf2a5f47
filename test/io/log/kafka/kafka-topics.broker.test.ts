import kafkajs, { type Admin } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KafkaSettings } from '../../../../src/io/log/kafka/kafka-settings.ts'
import { applyKafkaTopics } from '../../../../src/io/log/kafka/kafka-topics-apply.ts'
import {
  planKafkaTopics,
  replicasOf,
  settingsOf,
  type TopicDifference,
  wantedTopics,
} from '../../../../src/io/log/kafka/kafka-topics.ts'
import type { TopicSpec } from '../../../../src/io/log/log.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import { testKafkaSettings } from '../../../support/kafka/kafka-settings.ts'
import { KAFKA_VERSIONS, NEWEST_KAFKA } from '../../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'
import { withAdmin } from '../../../support/kafka/with-admin.ts'

const SPECS: readonly TopicSpec[] = [
  { name: 'streamed', partitions: 3, cleanup: 'delete' },
  { name: 'kept', partitions: 2, cleanup: 'compact' },
]

const notEnough = (topic: string, copies: number, nodes: number) =>
  `Cannot keep ${copies} copies of topic ${topic}: the number of nodes is ${nodes}; ` +
  'kafka.replicationFactor says how many copies there should be'

/** Replaces the topic's own settings. */
async function setTopic(admin: Admin, topic: string, settings: Record<string, string>): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }
  await admin.alterConfigs({ validateOnly: false, resources: [resource] })
}

async function ownSettings(admin: Admin, topic: string): Promise<Record<string, string>> {
  const own = [...(await settingsOf(admin, topic))].filter(([, { isOwn }]) => isOwn)
  return Object.fromEntries(own.map(([name, { value }]) => [name, value]))
}

describeWithKafka.each(KAFKA_VERSIONS)('the topics of a cluster of one node, version %s,', (version) => {
  let cluster: KafkaCluster
  let settings: KafkaSettings
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  const use = <T>(prefix: string, work: (admin: Admin, plan: () => Promise<TopicDifference[]>) => Promise<T>) => {
    settings = testKafkaSettings(cluster, { prefix, retentionMs: 86_400_000, topics: { kept: `${prefix}own-name` } })
    return withAdmin(settings, (admin) => work(admin, () => planKafkaTopics(admin, wantedTopics(settings, SPECS))))
  }

  test('are planned, made, and then as they should be', async () => {
    await use('made.', async (admin, plan) => {
      const missing = await plan()
      expect(missing.map(({ kind, topic }) => [kind, topic])).toEqual([
        ['missing', 'made.streamed'],
        ['missing', 'made.own-name'],
      ])
      await applyKafkaTopics(admin, missing)
      expect(await plan()).toEqual([])
      expect((await replicasOf(admin, 'made.streamed'))!.length).toBe(3)
      expect((await replicasOf(admin, 'made.own-name'))!.length).toBe(2)
      expect(await ownSettings(admin, 'made.streamed')).toEqual({
        'cleanup.policy': 'delete',
        'message.timestamp.type': 'LogAppendTime',
        'min.insync.replicas': '1',
        'retention.ms': '86400000',
        'retention.bytes': '-1',
      })
      expect(await ownSettings(admin, 'made.own-name')).toEqual({
        'cleanup.policy': 'compact',
        'message.timestamp.type': 'LogAppendTime',
        'min.insync.replicas': '1',
      })
    })
  })

  test('get the retention of their own, by age and size, in place of the one of all', async () => {
    await use('own.', async (admin) => {
      const own = { ...settings, retention: { streamed: { ms: 3_600_000, bytes: 1_048_576 } } }
      const plan = () => planKafkaTopics(admin, wantedTopics(own, SPECS))
      await applyKafkaTopics(admin, await plan())
      expect(await ownSettings(admin, 'own.streamed')).toMatchObject({
        'retention.ms': '3600000',
        'retention.bytes': '1048576',
      })
      expect(await plan()).toEqual([])
    })
  })

  test('that somebody changed are put right, and only in what differs', async () => {
    await use('changed.', async (admin, plan) => {
      await applyKafkaTopics(admin, await plan())
      const others = {
        'message.timestamp.type': 'LogAppendTime',
        'segment.bytes': '1048576',
        'max.message.bytes': '2000000',
      }
      await setTopic(admin, 'changed.streamed', { 'cleanup.policy': 'delete', 'retention.ms': '5000', ...others })
      await admin.createTopics({ topics: [{ topic: 'changed.foreign', numPartitions: 1 }] })
      await setTopic(admin, 'changed.foreign', { 'retention.ms': '4000' })
      const differences = await plan()
      expect(differences).toEqual([
        {
          kind: 'setting',
          topic: 'changed.streamed',
          setting: 'retention.ms',
          present: '5000',
          wanted: '86400000',
        },
      ])
      await applyKafkaTopics(admin, differences)
      expect(await plan()).toEqual([])
      expect(await ownSettings(admin, 'changed.streamed')).toEqual({
        'cleanup.policy': 'delete',
        'retention.ms': '86400000',
        ...others,
      })
      expect(await ownSettings(admin, 'changed.foreign')).toEqual({ 'retention.ms': '4000' })
      expect(await admin.listTopics()).toContain('changed.foreign')
    })
  })

  test('with another partition count are refused before anything is changed', async () => {
    await use('refused.', async (admin, plan) => {
      await admin.createTopics({ topics: [{ topic: 'refused.own-name', numPartitions: 4 }] })
      const differences = await plan()
      expect(differences).toContainEqual({ kind: 'partitions', topic: 'refused.own-name', present: 4, wanted: 2 })
      await expect(applyKafkaTopics(admin, differences)).rejects.toMatchObject({
        code: 'topic-mismatch',
        message:
          'Cannot change topic refused.own-name from 4 to 2 partitions: users would move to other partitions, away ' +
          'from their state and out of order; set another kafka.prefix and replay the interactions into it',
      })
      expect(await plan()).toEqual(differences)
    })
  })

  test('cannot have more copies than there are nodes', async () => {
    settings = testKafkaSettings(cluster, { prefix: 'copies.', replicationFactor: 2 })
    await withAdmin(settings, async (admin) => {
      const missing = await planKafkaTopics(admin, wantedTopics(settings, SPECS))
      await expect(applyKafkaTopics(admin, missing)).rejects.toMatchObject({
        code: 'topic-mismatch',
        message: notEnough('copies.streamed', 2, 1),
      })
      expect(await planKafkaTopics(admin, wantedTopics(settings, SPECS))).toEqual(missing)
    })
  })
})

describeWithKafka('the topics of a cluster of three nodes', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 3 })
  })
  afterAll(() => cluster?.stop())

  test('get and lose copies without losing a record', async () => {
    const wanted = (replicationFactor: number) =>
      wantedTopics(testKafkaSettings(cluster, { prefix: 'copies.', replicationFactor, minInSyncReplicas: 1 }), SPECS)
    await withAdmin(testKafkaSettings(cluster), async (admin) => {
      await applyKafkaTopics(admin, await planKafkaTopics(admin, wanted(1)))
      expect((await replicasOf(admin, 'copies.streamed'))!.map((ids) => ids.length)).toEqual([1, 1, 1])
      for (const count of [3, 2]) {
        const differences = await planKafkaTopics(admin, wanted(count))
        expect(new Set(differences.map(({ kind }) => kind))).toEqual(new Set(['replication']))
        await applyKafkaTopics(admin, differences)
        expect(await planKafkaTopics(admin, wanted(count))).toEqual([])
      }
      await expect(applyKafkaTopics(admin, await planKafkaTopics(admin, wanted(4)))).rejects.toMatchObject({
        code: 'topic-mismatch',
        message: notEnough('copies.streamed', 4, 3),
      })
    })
  })
})
