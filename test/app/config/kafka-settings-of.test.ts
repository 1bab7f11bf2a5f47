import { expect, test } from 'vitest'
import { kafkaSettingsOf } from '../../../src/app/config/kafka-settings-of.ts'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import { kafkaTopicName } from '../../../src/io/log/kafka/kafka-settings.ts'

const settingsOf = async (kafka: Record<string, unknown>) =>
  kafkaSettingsOf(await loadConfig({ environment: {}, flags: [], preset: { kafka } }))

test('durations become milliseconds, and an empty text becomes nothing', async () => {
  const settings = await settingsOf({
    connectionTimeoutSeconds: 1,
    requestTimeoutSeconds: 2,
    sessionTimeoutSeconds: 3,
    transactionTimeoutSeconds: 4,
    retentionDays: 5,
    tls: { enabled: true, caFile: 'ca.pem' },
  })
  expect(settings).toMatchObject({
    connectionTimeoutMs: 1000,
    requestTimeoutMs: 2000,
    sessionTimeoutMs: 3000,
    transactionTimeoutMs: 4000,
    retentionMs: 5 * 86_400_000,
    tls: { caFile: 'ca.pem', certFile: null, keyFile: null, rejectUnauthorized: true },
    sasl: null,
    topics: {},
  })
  expect((await settingsOf({ tls: { caFile: 'ca.pem' } })).tls).toBeNull()
})

test.each([
  [
    { mechanism: 'plain', username: 'ann', passwordFile: 'file' },
    { mechanism: 'plain', username: 'ann', password: { kind: 'file', file: 'file' } },
  ],
  [
    { mechanism: 'scram-sha-512', username: 'ann', passwordEnvironment: 'SECRET' },
    { mechanism: 'scram-sha-512', username: 'ann', password: { kind: 'environment', variable: 'SECRET' } },
  ],
  [
    { mechanism: 'oauthbearer', tokenFile: 'token' },
    { mechanism: 'oauthbearer', tokenFile: 'token' },
  ],
])('a login %j is %j', async (sasl, expected) => {
  expect((await settingsOf({ sasl })).sasl).toEqual(expected)
})

test('a topic is called by its own name, or by prefix and name', async () => {
  const settings = await settingsOf({ prefix: 'shop.', topics: { userStates: 'crm.user-state.v1' } })
  expect(kafkaTopicName(settings, 'user-states')).toBe('crm.user-state.v1')
  expect(kafkaTopicName(settings, 'interactions')).toBe('shop.interactions')
})
