import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Config } from '../config/config-schema.ts'
import { describeRecord } from '../report/describe-record.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { openWorldAsFound } from '../wire.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'

export async function printTopic(config: Config, topic: string, from: number, limit: number): Promise<void> {
  const names: readonly string[] = Object.values(TOPICS)
  if (!names.includes(topic)) {
    throw new LifecycleError('unknown-topic', `Cannot print ${topic}: the topics are ${names.join(', ')}`)
  }
  const world = await openWorldAsFound(config)
  try {
    let left = limit
    if (left === 0) return
    for await (const record of readTopic(world.log, topic, from)) {
      if (topic === TOPICS.interactions) await world.codecs.interaction.prepare([record.value])
      await print(`${jsonOf(describeRecord(topic, record, world.codecs))}\n`)
      if (--left === 0) return
    }
  } finally {
    await world.close()
  }
}
