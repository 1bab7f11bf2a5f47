import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { openKafkaLog } from '../../../../src/io/log/kafka/kafka-log.ts'
import type { Log } from '../../../../src/io/log/log.ts'
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka/kafka-cluster.ts'
import { QUIET_LOGGER, testKafkaSettings } from '../../../support/kafka/kafka-settings.ts'
import { KAFKA_VERSIONS } from '../../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../../support/kafka/require-kafka.ts'
import { logContract } from '../log.contract.ts'

describeWithKafka.each(KAFKA_VERSIONS)('Kafka %s', (version) => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version, nodes: 1 })
  })
  afterAll(() => cluster?.stop())

  logContract(
    'Kafka log',
    async () => {
      const settings = testKafkaSettings(cluster, { application: randomUUID(), prefix: `${randomUUID()}.` })
      const opened: { log: Log } = { log: await openKafkaLog(settings, QUIET_LOGGER, { mayCreateTopics: true }) }
      return {
        log: opened.log,
        reopen: async () => {
          await opened.log.close()
          opened.log = await openKafkaLog(settings, QUIET_LOGGER, { mayCreateTopics: true })
          return opened.log
        },
        dispose: () => opened.log.close(),
      }
    },
    { durable: true, dense: false, compactsAtOnce: false },
  )
})
