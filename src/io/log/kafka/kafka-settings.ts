/** How the program uses Kafka. Durations in ms. Secrets stand in files or in the environment, never in here. */
export interface KafkaSettings {
  /** `host:port` of some brokers; the rest of the cluster is found through them. */
  readonly brokers: readonly string[]
  /** Name of this program in the brokers' logs and quotas. */
  readonly clientId: string
  /** Consumer group, and the start of every transactional id. */
  readonly application: string
  /** In front of every topic name of the log port. */
  readonly prefix: string
  /** Whole names of topics that are called otherwise, by their name in the log port. */
  readonly topics: Readonly<Record<string, string>>
  readonly tls: KafkaTls | null
  readonly sasl: KafkaSasl | null
  readonly delivery: KafkaDelivery
  readonly positionBelowStart: PositionBelowStart
  readonly compression: KafkaCompression
  readonly connectionTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly transactionTimeoutMs: number
  /** Of topics that `topics apply` creates. */
  readonly replicationFactor: number
  readonly minInSyncReplicas: number
  /** Of topics whose clean-up is by age; null keeps records for ever. */
  readonly retentionMs: number | null
  /** Of single topics, by their name in the log port: in place of `retentionMs`, and bytes of a partition at most. */
  readonly retention?: Readonly<Record<string, { readonly ms: number | null; readonly bytes: number | null }>>
}

/** Outputs and position in one transaction; or without transactions, where a crash repeats outputs. */
export const KAFKA_DELIVERIES = ['exactly-once', 'at-least-once'] as const
export type KafkaDelivery = (typeof KAFKA_DELIVERIES)[number]

/** What happens when the stored position lies before the first record that the topic still has. */
export const POSITIONS_BELOW_START = ['fail', 'earliest', 'latest'] as const
export type PositionBelowStart = (typeof POSITIONS_BELOW_START)[number]

export const KAFKA_COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type KafkaCompression = (typeof KAFKA_COMPRESSIONS)[number]

export const PASSWORD_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const
export const SASL_MECHANISMS = [...PASSWORD_MECHANISMS, 'oauthbearer'] as const

export interface KafkaTls {
  /** PEM file of the authorities to trust instead of Node's own list. */
  readonly caFile: string | null
  /** PEM files of this program's own certificate and key, where the brokers ask for one. */
  readonly certFile: string | null
  readonly keyFile: string | null
  /** False trusts any certificate: for a first try on a test cluster. */
  readonly rejectUnauthorized: boolean
}

export type KafkaSasl =
  | { readonly mechanism: (typeof PASSWORD_MECHANISMS)[number]; readonly username: string; readonly password: Secret }
  /** The token is read again for every login, so that something outside can renew it. */
  | { readonly mechanism: 'oauthbearer'; readonly tokenFile: string }

export type Secret =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'environment'; readonly variable: string }

/** Name in Kafka of a topic of the log port. */
export function kafkaTopicName({ prefix, topics }: Pick<KafkaSettings, 'prefix' | 'topics'>, name: string): string {
  return topics[name] ?? prefix + name
}
