/**
 * Versions of the requests that kafkajs 2.2.4 can send. It takes the lower of its own newest and the broker's newest
 * version without looking at the broker's oldest; once a broker has dropped that version, it closes the connection, and
 * kafkajs connects and asks again for ever. So this is compared before kafkajs connects.
 */
export interface RequestVersions {
  readonly apiKey: number
  /** As Kafka's protocol guide calls it. */
  readonly name: string
  readonly oldest: number
  readonly newest: number
}

/** Versions of each request that a broker takes, by its API key. */
export type BrokerVersions = ReadonlyMap<number, { readonly oldest: number; readonly newest: number }>

/** What the program sends while it runs. */
export const RUN_REQUESTS: readonly RequestVersions[] = [
  // Our own, over kafkajs' connections: each comes in one version.
  request(0, 'Produce', 7, 7),
  request(1, 'Fetch', 11, 11),
  request(2, 'ListOffsets', 0, 3),
  request(3, 'Metadata', 0, 6),
  request(8, 'OffsetCommit', 0, 5),
  request(9, 'OffsetFetch', 1, 4),
  request(10, 'FindCoordinator', 0, 2),
  request(11, 'JoinGroup', 0, 5),
  request(12, 'Heartbeat', 0, 3),
  request(13, 'LeaveGroup', 0, 3),
  request(14, 'SyncGroup', 0, 3),
  request(17, 'SaslHandshake', 0, 1),
  request(18, 'ApiVersions', 0, 2),
  request(22, 'InitProducerId', 0, 1),
  request(24, 'AddPartitionsToTxn', 0, 1),
  request(25, 'AddOffsetsToTxn', 0, 1),
  request(26, 'EndTxn', 0, 1),
  request(28, 'TxnOffsetCommit', 0, 1),
  request(36, 'SaslAuthenticate', 0, 1),
]

/** What who only reads topics sends. */
const READ_KEYS: ReadonlySet<number> = new Set([1, 2, 3, 17, 18, 36])
export const READ_REQUESTS: readonly RequestVersions[] = RUN_REQUESTS.filter(({ apiKey }) => READ_KEYS.has(apiKey))

/** What `topics plan` and `topics apply` send. */
export const TOPIC_REQUESTS: readonly RequestVersions[] = [
  request(3, 'Metadata', 0, 6),
  request(17, 'SaslHandshake', 0, 1),
  request(18, 'ApiVersions', 0, 2),
  request(19, 'CreateTopics', 0, 3),
  request(32, 'DescribeConfigs', 0, 2),
  request(33, 'AlterConfigs', 0, 1),
  request(36, 'SaslAuthenticate', 0, 1),
  request(45, 'AlterPartitionReassignments', 0, 0),
  request(46, 'ListPartitionReassignments', 0, 0),
]

function request(apiKey: number, name: string, oldest: number, newest: number): RequestVersions {
  return { apiKey, name, oldest, newest }
}

/** Requests for which client and broker have no version in common, each as a phrase that names both sides. */
export function unsupportedRequests(needed: readonly RequestVersions[], offered: BrokerVersions): string[] {
  return needed.flatMap(({ apiKey, name, oldest, newest }) => {
    const sent = oldest === newest ? `version ${oldest}` : `versions ${oldest} to ${newest}`
    const broker = offered.get(apiKey)
    if (!broker) return [`${name} (the client sends ${sent}, the broker takes none)`]
    if (broker.oldest <= newest && oldest <= broker.newest) return []
    return [`${name} (the client sends ${sent}, the broker takes ${broker.oldest} to ${broker.newest})`]
  })
}
