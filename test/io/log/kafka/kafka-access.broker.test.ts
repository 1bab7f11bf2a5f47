import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KafkaSettings } from '../../../../src/io/log/kafka/kafka-settings.ts'
import { applyKafkaTopics } from '../../../../src/io/log/kafka/kafka-topics-apply.ts'
import { planKafkaTopics, wantedTopics } from '../../../../src/io/log/kafka/kafka-topics.ts'
import type { TopicSpec } from '../../../../src/io/log/log.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import { testKafkaSettings } from '../../../support/kafka/kafka-settings.ts'
import { NEWEST_KAFKA } from '../../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'
import { withAdmin } from '../../../support/kafka/with-admin.ts'

const SPECS: readonly TopicSpec[] = [{ name: 'events', partitions: 1, cleanup: 'delete' }]

/** The open port is the super user's; the other one is for users that log in. */
const PROPERTIES = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
  'listener.name.secured.sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.secured.plain.sasl.jaas.config':
    'org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="secret";',
}

describeWithKafka('a user without access', () => {
  let cluster: KafkaCluster
  let folder: string
  let ann: KafkaSettings
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
    await writeFile(join(folder, 'password'), 'secret')
    cluster = await startKafkaCluster({
      version: NEWEST_KAFKA,
      nodes: 1,
      secured: 'SASL_PLAINTEXT',
      properties: PROPERTIES,
    })
    ann = testKafkaSettings(cluster, {
      brokers: cluster.securedServers,
      prefix: 'test.',
      sasl: { mechanism: 'plain', username: 'ann', password: { kind: 'file', file: join(folder, 'password') } },
    })
  })
  afterAll(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const allow = (...operations: ('DESCRIBE' | 'CREATE' | 'DESCRIBE_CONFIGS' | 'ALTER_CONFIGS')[]) =>
    withAdmin(testKafkaSettings(cluster), (admin) =>
      admin.createAcls({
        acl: operations.map((operation) => ({
          resourceType: kafkajs.AclResourceTypes.TOPIC,
          resourceName: 'test.',
          resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
          principal: 'User:ann',
          host: '*',
          operation: kafkajs.AclOperationTypes[operation],
          permissionType: kafkajs.AclPermissionTypes.ALLOW,
        })),
      }),
    )
  const plan = () => withAdmin(ann, (admin) => planKafkaTopics(admin, wantedTopics(ann, SPECS)))
  const apply = () =>
    withAdmin(ann, async (admin) => applyKafkaTopics(admin, await planKafkaTopics(admin, wantedTopics(ann, SPECS))))
  const refused = (action: string) => ({
    code: 'broker-refused',
    retryable: false,
    message: `Cannot ${action}: the cluster's access rules do not allow it (TOPIC_AUTHORIZATION_FAILED)`,
  })

  test('is told so in one sentence, and gets on with each right that is given', async () => {
    await expect(plan()).rejects.toMatchObject(refused('look at topic test.events'))
    await allow('DESCRIBE')
    expect((await plan()).map(({ kind }) => kind)).toEqual(['missing'])
    await expect(apply()).rejects.toMatchObject(refused('create the missing topics'))
    await allow('CREATE')
    await apply()
    await expect(plan()).rejects.toMatchObject(refused('look at topic test.events'))
    await allow('DESCRIBE_CONFIGS')
    expect(await plan()).toEqual([])
    ann = { ...ann, retentionMs: 1_000 }
    await expect(apply()).rejects.toMatchObject(refused('set up topic test.events'))
    await allow('ALTER_CONFIGS')
    await apply()
    expect(await plan()).toEqual([])
  })
})
