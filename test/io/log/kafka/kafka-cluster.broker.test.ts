import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Admin, Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import { requestBrokerVersions } from '../../../../src/io/log/kafka/broker-versions-request.ts'
import { RUN_REQUESTS, TOPIC_REQUESTS, unsupportedRequests } from '../../../../src/io/log/kafka/broker-versions.ts'
import { KAFKA_VERSIONS, NEWEST_KAFKA } from '../../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'

const HOLDER = fileURLToPath(new URL('../../../support/kafka/hold-cluster.ts', import.meta.url))

function clientOf({ bootstrapServers }: KafkaCluster, retries = 20): Kafka {
  const retry = { initialRetryTime: 50, maxRetryTime: 500, retries }
  return new Kafka({ brokers: [...bootstrapServers], logLevel: logLevel.NOTHING, retry })
}

async function withAdmin<T>(cluster: KafkaCluster, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = clientOf(cluster).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

async function send(cluster: KafkaCluster, topic: string, value: string): Promise<void> {
  const producer = clientOf(cluster).producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, acks: -1, messages: [{ value }] })
  await producer.disconnect()
}

const endOf = (cluster: KafkaCluster, topic: string) =>
  withAdmin(cluster, async (admin) => (await admin.fetchTopicOffsets(topic))[0].high)

describeWithKafka.each(KAFKA_VERSIONS)('one node of Kafka %s', (version) => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version, nodes: 1 })
    await withAdmin(cluster, (admin) => admin.createTopics({ topics: [{ topic: 'kept' }] }))
  })
  afterAll(() => cluster?.stop())

  test('keeps its records and its address when it is killed and when it is stopped', async () => {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await send(cluster, 'kept', signal)
      const end = await endOf(cluster, 'kept')
      await cluster.stopNode(0, signal)
      await expect(clientOf(cluster, 0).admin().connect()).rejects.toThrow('ECONNREFUSED')
      await cluster.startNode(0)
      expect(await endOf(cluster, 'kept')).toBe(end)
    }
    expect(await endOf(cluster, 'kept')).toBe('2')
  })

  test('takes every request in a version that the client sends', async () => {
    const [broker] = cluster.bootstrapServers
    const offered = await requestBrokerVersions({ broker, tls: null, clientId: 'test', timeoutMs: 5_000 })
    expect(unsupportedRequests([...RUN_REQUESTS, ...TOPIC_REQUESTS], offered)).toEqual([])
    expect(unsupportedRequests([{ apiKey: 1, name: 'Fetch', oldest: 90, newest: 91 }], offered)).toHaveLength(1)
  })
})

describeWithKafka('three nodes', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 3 })
    const topic = { topic: 'copied', numPartitions: 1, replicationFactor: 3 }
    await withAdmin(cluster, (admin) => admin.createTopics({ topics: [topic] }))
  })
  afterAll(() => cluster?.stop())

  test('take records without the leader of their partition, and the leader catches up when it is back', async () => {
    const stateOf = () =>
      withAdmin(cluster, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: ['copied'] })
        return topics[0].partitions[0]
      })
    await send(cluster, 'copied', 'with all')
    const { leader } = await stateOf()
    await cluster.stopNode(leader - 1)
    await send(cluster, 'copied', 'with two')
    expect((await stateOf()).leader).not.toBe(leader)
    await cluster.startNode(leader - 1)
    expect((await stateOf()).isr.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
    expect(await endOf(cluster, 'copied')).toBe('2')
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describeWithKafka('the broker of a process that is killed', () => {
  test('ends too, and its folder goes', async () => {
    const holder = spawn(process.execPath, ['--import', 'tsx', HOLDER], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await holder.stdout.setEncoding('utf8').take(1).toArray()) as string[]
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string }
    expect([isAlive(pid), existsSync(folder)]).toEqual([true, true])
    holder.kill('SIGKILL')
    // Soon: it would end by itself once its folder is gone.
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
    await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false)
  })
})
