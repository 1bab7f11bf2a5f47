import { readFile } from 'node:fs/promises'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { Kafka, type KafkaConfig, type LogEntry, logLevel, type Mechanism, type SASLOptions } from 'kafkajs'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { requestBrokerVersions } from './broker-versions-request.ts'
import { type BrokerVersions, type RequestVersions, RUN_REQUESTS, unsupportedRequests } from './broker-versions.ts'
import { registerCompressionCodecs } from './compression-codecs.ts'
import { kafkaFailure } from './connect-kafka-failure.ts'
import { oauthMechanism } from './connect-kafka-oauth.ts'
import { silenceTimerWarning } from './connect-kafka-warnings.ts'
import type { KafkaSasl, KafkaSettings, KafkaTls, Secret } from './kafka-settings.ts'

/** What pino offers, and all that is needed here. */
export type KafkaLogger = Readonly<
  Record<'debug' | 'info' | 'warn' | 'error', (fields: Record<string, unknown>, message: string) => void>
>

/** From 0.1 to 5 s, about 20 s in all: a broker that restarts is back by then. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 5_000, retries: 9 }
/** At the start a wrong setting is likelier than a restart, so its sentence should not take long. */
const FIRST_RETRY = { initialRetryTime: 100, maxRetryTime: 500, retries: 3 }

/**
 * A Kafka client for clusters that answer, take the login and understand the client's requests; it holds no connection
 * yet. Throws LifecycleError `broker-unreachable`, `broker-refused` (TLS, login, access), `broker-version`, or
 * `unreadable-file` for a certificate or secret.
 */
export async function connectKafka(
  settings: KafkaSettings,
  logger: KafkaLogger,
  requests: readonly RequestVersions[] = RUN_REQUESTS,
): Promise<Kafka> {
  registerCompressionCodecs()
  silenceTimerWarning()
  const ssl = settings.tls && (await tlsOptions(settings.tls))
  requireVersions(await versionsOf(settings, ssl), requests)
  const config: KafkaConfig = {
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ssl: ssl ?? undefined,
    sasl: settings.sasl ? await saslOptions(settings.sasl) : undefined,
    connectionTimeout: settings.connectionTimeoutMs,
    authenticationTimeout: settings.connectionTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    retry: RETRY,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => writeEntry(entry, logger),
  }
  const kafka = new Kafka(config)
  await requireLogin(new Kafka({ ...config, retry: FIRST_RETRY }), settings)
  return kafka
}

/** kafkajs calls everything an error that it then tries again; what it gives up on, it throws. So they are warnings. */
function writeEntry({ namespace, level, log }: LogEntry, logger: KafkaLogger): void {
  const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = log
  const write = level === logLevel.INFO ? logger.info : level === logLevel.DEBUG ? logger.debug : logger.warn
  write.call(logger, { ...fields, kafkajs: namespace }, message)
}

async function requireLogin(kafka: Kafka, settings: KafkaSettings): Promise<void> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    await admin.describeCluster()
  } catch (error) {
    throw kafkaFailure(`use Kafka at ${settings.brokers.join(', ')}`, error)
  } finally {
    await admin.disconnect().catch(() => {})
  }
}

/** Answers of the brokers in the settings. One is enough, as it is for kafkajs. */
async function versionsOf(
  settings: KafkaSettings,
  tls: ConnectionOptions | null,
): Promise<Map<string, BrokerVersions>> {
  const { clientId, connectionTimeoutMs: timeoutMs } = settings
  const answers = new Map<string, BrokerVersions>()
  const failures: unknown[] = []
  const ask = async (broker: string): Promise<void> => {
    try {
      answers.set(broker, await requestBrokerVersions({ broker, tls, clientId, timeoutMs }))
    } catch (error) {
      failures.push(kafkaFailure(`reach Kafka at ${broker}`, error))
    }
  }
  await Promise.all(settings.brokers.map(ask))
  if (answers.size > 0) return answers
  const refused = failures.find((failure) => failure instanceof LifecycleError && failure.code === 'broker-refused')
  throw refused ?? failures[0]
}

function requireVersions(answers: ReadonlyMap<string, BrokerVersions>, requests: readonly RequestVersions[]): void {
  for (const [broker, offered] of answers) {
    const unsupported = unsupportedRequests(requests, offered)
    if (unsupported.length === 0) continue
    const [first, ...more] = unsupported
    const rest = more.length > 0 ? ` and of ${more.length} more` : ''
    throw new LifecycleError('broker-version', `Cannot use Kafka at ${broker}: no common version of ${first}${rest}`)
  }
}

async function tlsOptions({ caFile, certFile, keyFile, rejectUnauthorized }: KafkaTls): Promise<ConnectionOptions> {
  const read = async (file: string | null) => (file === null ? undefined : await readSecretFile(file))
  const files = { ca: await read(caFile), cert: await read(certFile), key: await read(keyFile) }
  try {
    createSecureContext(files)
  } catch (cause) {
    const names = [caFile, certFile, keyFile].filter((file) => file !== null).join(', ')
    throw new LifecycleError('unreadable-file', `Cannot use ${names} for TLS: ${(cause as Error).message}`, { cause })
  }
  return { ...files, rejectUnauthorized }
}

async function saslOptions(sasl: KafkaSasl): Promise<SASLOptions | Mechanism> {
  if (sasl.mechanism !== 'oauthbearer') {
    const { mechanism, username } = sasl
    // Each of these mechanisms takes the same options, which kafkajs' type does not say.
    return { mechanism, username, password: await secretOf(sasl.password) } as SASLOptions
  }
  // Now, so that a file that is not there gets its own sentence, and again for every login.
  await readSecretFile(sasl.tokenFile)
  return oauthMechanism(async () => (await readSecretFile(sasl.tokenFile)).trim())
}

async function secretOf(secret: Secret): Promise<string> {
  // Whoever writes a password into a file with an editor leaves a line end behind it.
  if (secret.kind === 'file') return (await readSecretFile(secret.file)).replace(/\r?\n$/, '')
  const value = process.env[secret.variable]
  if (value !== undefined) return value
  throw new LifecycleError(
    'invalid-config',
    `Cannot log in to Kafka: there is no environment variable ${secret.variable}`,
  )
}

async function readSecretFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new LifecycleError('unreadable-file', `Cannot read ${file}: ${(cause as Error).message}`, { cause })
  }
}
