import { z } from 'zod'
import {
  KAFKA_COMPRESSIONS,
  KAFKA_DELIVERIES,
  POSITIONS_BELOW_START,
  SASL_MECHANISMS,
} from '../../io/log/kafka/kafka-settings.ts'
import { TOPICS } from '../topics.ts'

const seconds = z.number().positive().max(86_400)
const file = z.string().default('')
/** Kafka's own rule. */
const TOPIC_NAME = /^[\w.-]{0,249}$/
/** kafkajs splits at the colon, so there is no way to write an IPv6 address. */
const BROKER = /^[^\s:,/]+:\d{1,5}$/

const topicKeys = Object.keys(TOPICS) as (keyof typeof TOPICS)[]
const topicNames = Object.fromEntries(
  topicKeys.map((key) => [
    key,
    z.string().regex(TOPIC_NAME).default('').describe(`Whole name of ${TOPICS[key]}; empty: prefix and that name`),
  ]),
) as Record<keyof typeof TOPICS, z.ZodDefault<z.ZodString>>

/** The part of the configuration that `log: kafka` reads. An empty text stands for what is not there. */
export const kafkaConfig = z.strictObject({
  brokers: z
    .array(z.string().regex(BROKER, 'expected host:port'))
    .min(1)
    .default(['localhost:9092'])
    .describe('host:port of some brokers; the others are found through them'),
  clientId: z.string().min(1).max(100).default('stan-lifecycle').describe('Name in the logs and quotas of the brokers'),
  application: z
    .string()
    .regex(/^[\w.-]{1,100}$/)
    .default('stan-lifecycle')
    .describe('Consumer group, and the start of every transactional id'),
  prefix: z.string().regex(TOPIC_NAME).default('stan-lifecycle.').describe('In front of every topic name'),
  topics: z.strictObject(topicNames).prefault({}),
  tls: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether connections are encrypted'),
      caFile: file.describe('PEM file of the authorities to trust; empty: those that Node trusts'),
      certFile: file.describe('PEM file of the own certificate, where brokers ask for one'),
      keyFile: file.describe('PEM file of its key'),
      rejectUnauthorized: z
        .boolean()
        .default(true)
        .describe('Whether a certificate that nobody vouches for is refused'),
    })
    .prefault({}),
  sasl: z
    .strictObject({
      mechanism: z
        .enum(['none', ...SASL_MECHANISMS])
        .default('none')
        .describe('Kind of login'),
      username: z.string().default('').describe('User of plain and scram'),
      passwordFile: file.describe('File with the password'),
      passwordEnvironment: z.string().default('').describe('Environment variable with the password, instead of a file'),
      tokenFile: file.describe('File with the token of oauthbearer, read again for every login'),
    })
    .prefault({}),
  delivery: z
    .enum(KAFKA_DELIVERIES)
    .default('exactly-once')
    .describe('Whether outputs and position share a transaction'),
  positionBelowStart: z
    .enum(POSITIONS_BELOW_START)
    .default('fail')
    .describe('What to do when the topic no longer has the records at the stored position'),
  compression: z.enum(KAFKA_COMPRESSIONS).default('lz4').describe('Compression of what is sent'),
  connectionTimeoutSeconds: seconds.default(10).describe('Longest wait for a connection and a login'),
  requestTimeoutSeconds: seconds.default(30).describe('Longest wait for an answer'),
  sessionTimeoutSeconds: seconds.default(45).describe('A member of the group that is silent for so long is out'),
  transactionTimeoutSeconds: seconds.default(60).describe('A transaction open for longer is aborted by the broker'),
  replicationFactor: z
    .number()
    .int()
    .min(1)
    .max(32_767)
    .default(3)
    .describe('Copies of a topic that topics apply makes'),
  minInSyncReplicas: z.number().int().min(1).default(2).describe('Copies that must have a record before it counts'),
  retentionDays: z
    .number()
    .positive()
    .max(36_500)
    .default(7)
    .describe('Age at which records of topics that are not compacted go'),
})

export type KafkaConfig = z.infer<typeof kafkaConfig>

/** What no single setting shows: `message` goes on after the setting's path and value. */
export function* kafkaContradictionsOf(
  kafka: KafkaConfig,
): Iterable<{ path: string; input: unknown; message: string }> {
  const { tls, sasl, topics, minInSyncReplicas, replicationFactor } = kafka
  if (minInSyncReplicas > replicationFactor) {
    const message = `is more than kafka.replicationFactor, ${replicationFactor}`
    yield { path: 'kafka.minInSyncReplicas', input: minInSyncReplicas, message }
  }
  if ((tls.certFile === '') !== (tls.keyFile === '')) {
    yield {
      path: 'kafka.tls.certFile',
      input: tls.certFile,
      message: 'needs kafka.tls.keyFile, and the other way round',
    }
  }
  if (sasl.passwordEnvironment.startsWith('STAN_')) {
    const message = 'begins with STAN_, as only settings do'
    yield { path: 'kafka.sasl.passwordEnvironment', input: sasl.passwordEnvironment, message }
  }
  const names = Object.values(topics).filter((name) => name !== '')
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) {
    yield { path: 'kafka.topics', input: undefined, message: `names ${JSON.stringify(twice)} twice` }
  }
  const { mechanism } = sasl
  if (mechanism === 'none') return
  const isToken = mechanism === 'oauthbearer'
  const wrong = isToken
    ? sasl.tokenFile === '' && 'needs kafka.sasl.tokenFile'
    : (sasl.username === '' && 'needs kafka.sasl.username') ||
      ((sasl.passwordFile === '') === (sasl.passwordEnvironment === '') &&
        'needs one of kafka.sasl.passwordFile and kafka.sasl.passwordEnvironment')
  if (wrong) yield { path: 'kafka.sasl.mechanism', input: mechanism, message: wrong }
}
