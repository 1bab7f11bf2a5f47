import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectKafka } from '../../../../src/io/log/kafka/connect-kafka.ts'
import type { KafkaSasl, KafkaSettings, KafkaTls } from '../../../../src/io/log/kafka/kafka-settings.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import { NEWEST_KAFKA } from '../../../support/kafka/kafka-versions.ts'
import { recordingLogger } from '../../../support/kafka/recording-logger.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'
import { type SelfSigned, selfSigned } from '../../../support/kafka/self-signed.ts'
import { testKafkaSettings } from '../../../support/kafka/kafka-settings.ts'

const SECRET = 'ann-secret'

/** A port that wants a client certificate and a login of any kind. */
const securedProperties = (server: SelfSigned, client: SelfSigned): Record<string, string> => {
  const modules = {
    plain: `plain.PlainLoginModule required user_ann="${SECRET}"`,
    'scram-sha-256': 'scram.ScramLoginModule required',
    'scram-sha-512': 'scram.ScramLoginModule required',
    oauthbearer: 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"',
  }
  const settings: Record<string, string> = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': server.storeFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': client.certFile,
    'ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
  }
  for (const [mechanism, module] of Object.entries(modules)) {
    settings[`${mechanism}.sasl.jaas.config`] = `org.apache.kafka.common.security.${module};`
  }
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`listener.name.secured.${key}`, value]))
}

/** A token as the broker's test validator wants it: without a signature. */
function tokenOf(user: string, lifetimeSeconds: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'none' })}.${part({ sub: user, iat: now, exp: now + lifetimeSeconds })}.`
}

describeWithKafka('a client', () => {
  let cluster: KafkaCluster
  let folder: string
  let tls: KafkaTls
  let client: SelfSigned
  const passwordFile = () => join(folder, 'password')
  const sasl = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'): KafkaSasl => ({
    mechanism,
    username: 'ann',
    password: { kind: 'file', file: passwordFile() },
  })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
    const server = await selfSigned(folder, 'server')
    client = await selfSigned(folder, 'client')
    tls = { caFile: server.certFile, certFile: client.certFile, keyFile: client.keyFile, rejectUnauthorized: true }
    await writeFile(passwordFile(), `${SECRET}\n`)
    const scram = [256, 512].flatMap((bits) => ['--add-scram', `SCRAM-SHA-${bits}=[name=ann,password=${SECRET}]`])
    cluster = await startKafkaCluster({
      version: NEWEST_KAFKA,
      nodes: 1,
      secured: 'SASL_SSL',
      properties: securedProperties(server, client),
      formatArguments: scram,
    })
  })
  afterAll(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** Connects and does something that needs the login. */
  async function use(settings: Partial<KafkaSettings>, brokers = cluster.securedServers) {
    const { logger, lines } = recordingLogger()
    const admin = (await connectKafka(testKafkaSettings({ bootstrapServers: brokers }, settings), logger)).admin()
    await admin.connect()
    const topics = await admin.listTopics()
    await admin.disconnect()
    return { topics, lines }
  }

  test('uses a cluster without encryption or login, and its log lines reach the logger', async () => {
    const { topics, lines } = await use({}, cluster.bootstrapServers)
    expect(topics).toContain('__consumer_offsets')
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([])
  })

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('logs in over TLS with %s', async (mechanism) => {
    expect((await use({ tls, sasl: sasl(mechanism) })).topics).toContain('__consumer_offsets')
  })

  test('takes the password from the environment', async () => {
    vi.stubEnv('KAFKA_PASSWORD_OF_TEST', SECRET)
    const password = { kind: 'environment', variable: 'KAFKA_PASSWORD_OF_TEST' } as const
    await use({ tls, sasl: { mechanism: 'plain', username: 'ann', password } })
    vi.unstubAllEnvs()
    await expect(use({ tls, sasl: { mechanism: 'plain', username: 'ann', password } })).rejects.toMatchObject({
      code: 'invalid-config',
      message: 'Cannot log in to Kafka: there is no environment variable KAFKA_PASSWORD_OF_TEST',
    })
  })

  test('logs in with the token that the file holds at that moment', async () => {
    const tokenFile = join(folder, 'token')
    const settings = { tls, sasl: { mechanism: 'oauthbearer', tokenFile } } as const
    await writeFile(tokenFile, `${tokenOf('ann', 60)}\n`)
    const kafka = await connectKafka(
      testKafkaSettings({ bootstrapServers: cluster.securedServers }, settings),
      recordingLogger().logger,
    )
    const listTopics = async () => {
      const admin = kafka.admin({ retry: { retries: 0 } })
      await admin.connect()
      try {
        return await admin.listTopics()
      } finally {
        await admin.disconnect()
      }
    }
    await writeFile(tokenFile, tokenOf('ann', -600))
    await expect(listTopics()).rejects.toThrow('the token was not taken: {"status":"invalid_token"}')
    await expect(use(settings)).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringContaining('the login was refused (the token was not taken') as unknown,
    })
    await writeFile(tokenFile, tokenOf('ann', 60))
    expect(await listTopics()).toContain('__consumer_offsets')
  })

  test('is refused with a wrong password in one sentence, which does not hold the password', async () => {
    await writeFile(join(folder, 'wrong'), 'wrong-secret')
    const password = { kind: 'file', file: join(folder, 'wrong') } as const
    const error = await use({ tls, sasl: { mechanism: 'plain', username: 'ann', password } }).catch((e: unknown) => e)
    expect(error).toMatchObject({
      code: 'broker-refused',
      retryable: false,
      message: expect.stringMatching(/^Cannot use Kafka at 127\.0\.0\.1:\d+: the login was refused \(.*\)$/) as unknown,
    })
    expect(String(error)).not.toContain('wrong-secret')
  })

  test('without a login is refused where one is wanted', async () => {
    await expect(use({ tls })).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringContaining('does that port want TLS, a certificate or a login?') as unknown,
    })
  })

  test.each([
    ['no certificate of its own', () => ({ certFile: null, keyFile: null }), /Cannot reach Kafka .*/],
    [
      'an authority that did not sign',
      () => ({ caFile: client.certFile }),
      /TLS failed \(.*self-signed certificate.*\)$/,
    ],
    ['only the authorities that Node trusts', () => ({ caFile: null }), /TLS failed \(.*self-signed certificate.*\)$/],
  ])('with %s is refused', async (_what, changes, sentence) => {
    await expect(use({ tls: { ...tls, ...changes() }, sasl: sasl('plain') })).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringMatching(sentence) as unknown,
    })
  })

  test('under another host name than the certificate has is refused', async () => {
    const brokers = cluster.securedServers.map((address) => address.replace('127.0.0.1', 'localhost'))
    await expect(use({ tls, sasl: sasl('plain') }, brokers)).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringContaining("TLS failed (Hostname/IP does not match certificate's altnames") as unknown,
    })
  })

  test('that speaks TLS to a port without it, or the other way round, is told so', async () => {
    await expect(use({ tls }, cluster.bootstrapServers)).rejects.toMatchObject({ code: 'broker-refused' })
    await expect(use({})).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringContaining('does that port want TLS') as unknown,
    })
  })

  test('trusts any certificate when it is told to', async () => {
    const settings = { tls: { ...tls, caFile: null, rejectUnauthorized: false }, sasl: sasl('plain') }
    expect((await use(settings)).topics).toContain('__consumer_offsets')
  })

  test('goes on when only one of the brokers in its settings answers', async () => {
    const brokers = ['127.0.0.1:1', ...cluster.bootstrapServers]
    expect((await use({}, brokers)).topics).toContain('__consumer_offsets')
  })
})
