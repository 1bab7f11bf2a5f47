import { type Admin, Kafka, logLevel, Partitioners } from 'kafkajs'
import { silenceTimerWarning } from '../../../src/io/log/kafka/connect-kafka-warnings.ts'

const TIME_OUT_MS = 60_000
const PAUSE_MS = 100
/** Long enough for a busy machine; the pauses are short, since each step is asked again anyhow. */
const CONNECTION = {
  connectionTimeout: 2_000,
  requestTimeout: 10_000,
  retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 5 },
}

export interface ReadyQuestion {
  /** Addresses of the nodes that should be up, by their ids. */
  readonly nodes: ReadonlyMap<number, string>
  /** Throws when waiting is of no use. */
  readonly check: () => Promise<void>
}

/**
 * Waits until each node answers and sees all others, a transaction with a group's offsets goes through, which makes Kafka
 * create its internal topics, and every replica on those nodes has caught up.
 */
export async function untilReady({ nodes, check }: ReadyQuestion): Promise<void> {
  silenceTimerWarning()
  const nodeIds = [...nodes.keys()]
  const deadline = Date.now() + TIME_OUT_MS
  // Asked one by one: of a node that was killed the others go on telling for seconds.
  for (const address of nodes.values()) {
    await repeated(clientOf([address]), (admin) => requireNodes(admin, nodeIds), deadline, check)
  }
  const kafka = clientOf([...nodes.values()])
  const topic = `until-ready-${deadline}`
  for (const step of [
    (admin: Admin) => createTopic(admin, topic, nodeIds.length),
    () => commitOnce(kafka, topic),
    (admin: Admin) => admin.deleteTopics({ topics: [topic] }),
    (admin: Admin) => requireInSync(admin, nodeIds),
  ]) {
    await repeated(kafka, step, deadline, check)
  }
}

function clientOf(brokers: string[]): Kafka {
  return new Kafka({ clientId: 'until-ready', brokers, logLevel: logLevel.NOTHING, ...CONNECTION })
}

async function repeated(
  kafka: Kafka,
  step: (admin: Admin) => Promise<unknown>,
  deadline: number,
  check: () => Promise<void>,
): Promise<void> {
  for (;;) {
    await check()
    const admin = kafka.admin()
    try {
      await admin.connect()
      await step(admin)
      return
    } catch (cause) {
      if (Date.now() > deadline)
        throw new Error(`Kafka was not ready within ${TIME_OUT_MS} ms: ${(cause as Error).message}`, { cause })
    } finally {
      await admin.disconnect().catch(() => {})
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

async function requireNodes(admin: Admin, nodeIds: readonly number[]): Promise<void> {
  const { brokers } = await admin.describeCluster()
  const known = brokers.map(({ nodeId }) => nodeId)
  const missing = nodeIds.filter((id) => !known.includes(id))
  if (missing.length > 0) throw new Error(`nodes ${missing.join(', ')} are not there`)
}

async function createTopic(admin: Admin, topic: string, nodeCount: number): Promise<void> {
  if ((await admin.listTopics()).includes(topic)) return
  await admin.createTopics({
    topics: [{ topic, numPartitions: 1, replicationFactor: nodeCount }],
    waitForLeaders: true,
  })
}

async function commitOnce(kafka: Kafka, topic: string): Promise<void> {
  const producer = kafka.producer({
    transactionalId: topic,
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  try {
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: 'ready' }] })
    const topics = [{ topic, partitions: [{ partition: 0, offset: '0' }] }]
    await transaction.sendOffsets({ consumerGroupId: topic, topics })
    await transaction.commit()
  } finally {
    await producer.disconnect().catch(() => {})
  }
}

async function requireInSync(admin: Admin, nodeIds: readonly number[]): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata()
  for (const { name, partitions } of topics) {
    for (const { partitionId, replicas, isr } of partitions) {
      const behind = replicas.filter((id) => nodeIds.includes(id) && !isr.includes(id))
      if (behind.length > 0) throw new Error(`${name}-${partitionId} is behind on nodes ${behind.join(', ')}`)
    }
  }
}
