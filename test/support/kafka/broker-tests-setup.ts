import type { TestProject } from 'vitest/node'
import { hasJars, kafkaJars } from './kafka-jars.ts'
import { KAFKA_VERSIONS } from './kafka-versions.ts'
import { whyNoKafka } from './why-no-kafka.ts'

/**
 * Runs once before all broker tests: fetches Kafka, so that no test's time goes by while it downloads, or says once why
 * they are skipped. With STAN_REQUIRE_KAFKA=1 nothing is skipped: what is missing fails the run.
 */
export default async function setUp(project: TestProject): Promise<void> {
  const reason = await fetchKafka()
  if (reason !== null) {
    if (process.env.STAN_REQUIRE_KAFKA === '1') throw new Error(`Cannot run the tests that need Kafka: ${reason}`)
    console.warn(`The tests that need Kafka are skipped: ${reason}`)
  }
  project.provide('whyNoKafka', reason)
}

async function fetchKafka(): Promise<string | null> {
  const reason = whyNoKafka(KAFKA_VERSIONS.every(hasJars))
  if (reason !== null) return reason
  try {
    for (const version of KAFKA_VERSIONS) await kafkaJars(version)
    return null
  } catch (error) {
    return (error as Error).message
  }
}
