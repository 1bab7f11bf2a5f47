import { afterAll, beforeAll, expect, test } from 'vitest'
import { CRASH_PROPERTIES } from '../../support/kafka/crash-cell.ts'
import { killCell } from '../../support/kafka/crash-kill.ts'
import { CRASH_STEPS, NEXT_DATA_DIRS } from '../../support/kafka/crash-steps.ts'
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts'
import { NEWEST_KAFKA } from '../../support/kafka/kafka-versions.ts'
import { describeWithKafka } from '../../support/kafka/require-kafka.ts'

/** bench/crash-matrix.ts runs all of them, with more seeds, on both versions. */
describeWithKafka('a tracker on Kafka', () => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1, properties: CRASH_PROPERTIES })
  })
  afterAll(() => cluster?.stop())

  for (const [i, step] of CRASH_STEPS.entries()) {
    const next = NEXT_DATA_DIRS[i % 2]
    test(`killed at ${step} says and keeps the same as without, with the ${next}`, async () => {
      // Says where it was killed; throws when anything is not as it would be without.
      expect(await killCell(cluster, step, next, 1)).toContain(step)
    })
  }
})
