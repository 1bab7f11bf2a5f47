import kafkajs, { type Admin } from 'kafkajs'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { kafkaFailure } from './connect-kafka-failure.ts'
import { replicasOf, settingsOf, type TopicDifference, type WantedTopic } from './kafka-topics.ts'

const KNOWN_TIME_OUT_MS = 30_000
const MOVE_TIME_OUT_MS = 60_000
const POLL_MS = 200

/**
 * Creates and changes topics until they are as wanted; deletes nothing. Throws LifecycleError `topic-mismatch`, before
 * anything is changed, when a partition count differs: with another count a user's records go to another partition.
 */
export async function applyKafkaTopics(admin: Admin, differences: readonly TopicDifference[]): Promise<void> {
  for (const difference of differences) if (difference.kind === 'partitions') throw partitionsRefused(difference)
  await step('create the missing topics', () => create(admin, differences))
  for (const topic of new Set(differences.map((difference) => difference.topic))) {
    const own = differences.filter((difference) => difference.topic === topic)
    await step(`set up topic ${topic}`, () => configure(admin, topic, own))
    for (const { kind, wanted } of own) {
      if (kind === 'replication') await step(`copy topic ${topic}`, () => replicate(admin, topic, wanted))
    }
  }
}

async function step(action: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw kafkaFailure(action, error)
  }
}

function partitionsRefused({ topic, present, wanted }: TopicDifference & { kind: 'partitions' }): LifecycleError {
  return new LifecycleError(
    'topic-mismatch',
    `Cannot change topic ${topic} from ${present} to ${wanted} partitions: users would move to other partitions, away ` +
      'from their state and out of order; set another kafka.prefix and replay the interactions into it',
  )
}

async function create(admin: Admin, differences: readonly TopicDifference[]): Promise<void> {
  const missing = differences.flatMap((difference) => (difference.kind === 'missing' ? [difference.wanted] : []))
  if (missing.length === 0) return
  await nodesFor(admin, missing[0].topic, missing[0].replicationFactor)
  // kafkajs would wait by asking once, and a busy broker has not heard of its own topic by then.
  await admin.createTopics({ topics: missing.map(createRequest), waitForLeaders: false })
  const deadline = Date.now() + KNOWN_TIME_OUT_MS
  for (const { topic } of missing) {
    while ((await replicasOf(admin, topic)) === null) {
      if (Date.now() > deadline) {
        const reason = `the cluster does not know it ${KNOWN_TIME_OUT_MS / 1000} s after it was created`
        throw new LifecycleError('topic-mismatch', `Cannot wait for topic ${topic}: ${reason}`)
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}

function createRequest({ topic, partitions, replicationFactor, settings }: WantedTopic) {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  return { topic, numPartitions: partitions, replicationFactor, configEntries }
}

/** kafkajs has only the request that replaces all of a topic's own settings, so the others go along unchanged. */
async function configure(admin: Admin, topic: string, differences: readonly TopicDifference[]): Promise<void> {
  const changes = differences.flatMap((difference) => (difference.kind === 'setting' ? [difference] : []))
  if (changes.length === 0) return
  const present = [...(await settingsOf(admin, topic))].filter(([, { isOwn }]) => isOwn)
  const all = new Map(present.map(([name, { value }]) => [name, value]))
  for (const { setting, wanted } of changes) all.set(setting, wanted)
  const configEntries = [...all].map(([name, value]) => ({ name, value }))
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }
  await admin.alterConfigs({ validateOnly: false, resources: [resource] })
}

/** Adds or takes away copies, keeping the first ones, and waits until the cluster has done so. */
async function replicate(admin: Admin, topic: string, wanted: number): Promise<void> {
  const nodeIds = await nodesFor(admin, topic, wanted)
  const partitions = (await replicasOf(admin, topic)) ?? []
  const partitionAssignment = partitions.map((held, partition) => {
    // Each partition begins with another node, so that the copies spread.
    const others = nodeIds.map((_, i) => nodeIds[(partition + i) % nodeIds.length]).filter((id) => !held.includes(id))
    return { partition, replicas: [...held, ...others].slice(0, wanted) }
  })
  await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] })
  const moved = [{ topic, partitions: partitions.map((_, partition) => partition) }]
  const deadline = Date.now() + MOVE_TIME_OUT_MS
  while ((await admin.listPartitionReassignments({ topics: moved })).topics.length > 0) {
    if (Date.now() > deadline) {
      const reason = `they are not there after ${MOVE_TIME_OUT_MS / 1000} s; the cluster goes on`
      throw new LifecycleError('topic-mismatch', `Cannot wait for the copies of topic ${topic}: ${reason}`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Ids of the nodes, which must be enough for so many copies. */
async function nodesFor(admin: Admin, topic: string, copies: number): Promise<number[]> {
  const { brokers } = await admin.describeCluster()
  if (brokers.length < copies) {
    const reason = `the number of nodes is ${brokers.length}; kafka.replicationFactor says how many copies there should be`
    throw new LifecycleError('topic-mismatch', `Cannot keep ${copies} copies of topic ${topic}: ${reason}`)
  }
  return brokers.map(({ nodeId }) => nodeId).toSorted((a, b) => a - b)
}
