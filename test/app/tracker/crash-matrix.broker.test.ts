import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokerRestartCell } from '../../support/kafka/crash-brokers.ts'
import { CRASH_PROPERTIES } from '../../support/kafka/crash-cell.ts'
import { killCell } from '../../support/kafka/crash-kill.ts'
import { CRASH_STEPS, NEXT_DATA_DIRS } from '../../support/kafka/crash-steps.ts'
import { zombieCell } from '../../support/kafka/crash-stops.ts'
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts'
import { NEWEST_KAFKA } from '../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../support/kafka/require-kafka.ts'

/** One cell of each kind; bench/crash-matrix.ts runs all, with more seeds, on both versions. */
describeWithKafka('a tracker on Kafka says and keeps what it would have without', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1, properties: CRASH_PROPERTIES })
  })
  afterAll(() => cluster?.stop())

  for (const [i, step] of CRASH_STEPS.entries()) {
    const next = NEXT_DATA_DIRS[i % 2]
    test(`a kill at ${step}, going on with the ${next}`, async () => {
      expect(await killCell(cluster, step, next, 1)).toContain(`after ${step}`)
    })
  }

  test('a pause in which another instance takes over', async () => {
    expect(await zombieCell(cluster, 1)).toContain('fenced')
  })

  test('a restart of the only broker', async () => {
    expect(await brokerRestartCell(cluster, 1)).toContain('broker killed')
  })
})
