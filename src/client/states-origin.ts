import type { KafkaSasl, KafkaTls } from '../io/log/kafka/kafka-settings.ts'

/** A schema registry, where the deployment has one. An empty or missing text is a setting that is not there. */
export interface RegistryStates {
  readonly url: string
  readonly username?: string
  readonly passwordFile?: string
  readonly tokenFile?: string
  readonly caFile?: string
}

/** The topic user-states of a Kafka cluster. */
export interface KafkaStates {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[]
  /** In front of the topic's name, as the deployment's `kafka.prefix`. Default `stan-lifecycle.`. */
  readonly prefix?: string
  /** The topic's whole name, where it is called otherwise. */
  readonly topic?: string
  /** Name in the brokers' logs and quotas. Default `stan-lifecycle-client`. */
  readonly clientId?: string
  readonly tls?: Partial<KafkaTls>
  readonly sasl?: KafkaSasl
  readonly schemaRegistry?: RegistryStates
}

/** The HTTP API's `GET /v1/events`. */
export interface SseStates {
  /** Address of the API, for example `http://localhost:8080`. */
  readonly url: string
  /** Bearer token, or what gives one: it is asked for at every connection. */
  readonly token?: string | (() => string | Promise<string>)
  /** Whether states come with their embeddings. Default false. */
  readonly embedding?: boolean
}

export type StatesOrigin = { readonly kafka: KafkaStates } | { readonly sse: SseStates }
