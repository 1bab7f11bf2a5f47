import type { Admin } from 'kafkajs'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { TOPIC_REQUESTS } from '../../io/log/kafka/broker-versions.ts'
import { connectKafka } from '../../io/log/kafka/connect-kafka.ts'
import { applyKafkaTopics } from '../../io/log/kafka/kafka-topics-apply.ts'
import { planKafkaTopics, type TopicDifference, wantedTopics } from '../../io/log/kafka/kafka-topics.ts'
import type { Config } from '../config/config-schema.ts'
import { kafkaSettingsOf } from '../config/kafka-settings-of.ts'
import { topicSpecs } from '../topics.ts'
import { print } from './output.ts'
import { renderTopics } from './topics-table.ts'

const NOTHING = 'The topics are as they should be\n'
const EMBEDDED = 'With log embedded the program makes its topics itself; there is nothing to do\n'

/** Prints the differences. Throws LifecycleError `topic-mismatch` when there are any. */
export async function planTopics(config: Config, asJson: boolean): Promise<void> {
  if (config.log === 'embedded') return printDifferences([], asJson, EMBEDDED)
  const differences = await withAdmin(config, (admin) => planKafkaTopics(admin, wantedOf(config)))
  await printDifferences(differences, asJson, NOTHING)
  if (differences.length === 0) return
  const count = differences.length === 1 ? '1 difference' : `${differences.length} differences`
  const stuck = differences.some(({ kind }) => kind === 'partitions')
  const wayOut = stuck ? 'another partition count needs another kafka.prefix' : 'topics apply makes them so'
  throw new LifecycleError('topic-mismatch', `Cannot find the topics as they should be: ${count}; ${wayOut}`)
}

/** Makes the topics as they should be, and prints what was different. */
export async function applyTopics(config: Config, asJson: boolean): Promise<void> {
  if (config.log === 'embedded') return printDifferences([], asJson, EMBEDDED)
  const differences = await withAdmin(config, async (admin) => {
    const planned = await planKafkaTopics(admin, wantedOf(config))
    await applyKafkaTopics(admin, planned)
    return planned
  })
  await printDifferences(differences, asJson, NOTHING)
}

function wantedOf(config: Config) {
  return wantedTopics(kafkaSettingsOf(config), topicSpecs(config.partitions))
}

async function printDifferences(
  differences: readonly TopicDifference[],
  asJson: boolean,
  nothing: string,
): Promise<void> {
  if (asJson) await print(`${JSON.stringify({ differences }, null, 2)}\n`)
  else await print(differences.length === 0 ? nothing : renderTopics(differences))
}

async function withAdmin<T>(config: Config, work: (admin: Admin) => Promise<T>): Promise<T> {
  // What goes wrong is thrown; kafkajs' own lines would come on top of the one sentence.
  const ignore = (): void => {}
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const kafka = await connectKafka(kafkaSettingsOf(config), logger, TOPIC_REQUESTS)
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect().catch(() => {})
  }
}
