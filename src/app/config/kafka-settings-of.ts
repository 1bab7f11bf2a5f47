import type { KafkaSasl, KafkaSettings } from '../../io/log/kafka/kafka-settings.ts'
import { TOPICS } from '../topics.ts'
import type { KafkaConfig } from './kafka-config.ts'
import { type RetentionConfig, retentionByTopic } from './retention-config.ts'

const SECOND_MS = 1000
const DAY_MS = 86_400_000

/** The Kafka part of the configuration, in the units and unions of io. */
export function kafkaSettingsOf({
  kafka,
  retention,
}: {
  readonly kafka: KafkaConfig
  readonly retention?: RetentionConfig
}): KafkaSettings {
  const { tls } = kafka
  const renamed = Object.entries(kafka.topics).filter(([, name]) => name !== '')
  return {
    brokers: kafka.brokers,
    clientId: kafka.clientId,
    application: kafka.application,
    prefix: kafka.prefix,
    topics: Object.fromEntries(renamed.map(([key, name]) => [TOPICS[key as keyof typeof TOPICS], name])),
    tls: tls.enabled
      ? {
          caFile: tls.caFile || null,
          certFile: tls.certFile || null,
          keyFile: tls.keyFile || null,
          rejectUnauthorized: tls.rejectUnauthorized,
        }
      : null,
    sasl: saslOf(kafka.sasl),
    delivery: kafka.delivery,
    positionBelowStart: kafka.positionBelowStart,
    compression: kafka.compression,
    connectionTimeoutMs: kafka.connectionTimeoutSeconds * SECOND_MS,
    requestTimeoutMs: kafka.requestTimeoutSeconds * SECOND_MS,
    sessionTimeoutMs: kafka.sessionTimeoutSeconds * SECOND_MS,
    transactionTimeoutMs: kafka.transactionTimeoutSeconds * SECOND_MS,
    replicationFactor: kafka.replicationFactor,
    minInSyncReplicas: kafka.minInSyncReplicas,
    retentionMs: kafka.retentionDays * DAY_MS,
    ...(retention && { retention: retentionOf(retention) }),
  }
}

/** An age that is not set is that of `kafka.retentionDays`. */
function retentionOf(retention: RetentionConfig): NonNullable<KafkaSettings['retention']> {
  return Object.fromEntries(
    [...retentionByTopic(retention)].map(([topic, { ageMs, maxBytes }]) => [topic, { ms: ageMs, bytes: maxBytes }]),
  )
}

function saslOf(sasl: KafkaConfig['sasl']): KafkaSasl | null {
  const { mechanism, username, passwordFile, passwordEnvironment, tokenFile } = sasl
  if (mechanism === 'none') return null
  if (mechanism === 'oauthbearer') return { mechanism, tokenFile }
  const password =
    passwordFile === ''
      ? ({ kind: 'environment', variable: passwordEnvironment } as const)
      : ({ kind: 'file', file: passwordFile } as const)
  return { mechanism, username, password }
}
