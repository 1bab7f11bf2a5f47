import type { Config } from '../../src/app/config/config-schema.ts'
import { Pipeline } from '../../src/app/pipeline.ts'
import { readTopic } from '../../src/app/report/read-topic.ts'
import { TOPICS, type TopicName } from '../../src/app/topics.ts'
import { memoryWorld } from '../../src/app/wire.ts'
import { simulatedInteractions } from '../../test/support/simulated-interactions.ts'

/** What an event costs in a topic. */
export interface TopicFootprint {
  readonly recordsPerEvent: number
  readonly bytesPerRecord: number
}

/** Records and bytes (key, value and headers) of every topic for each event of the simulated shop. */
export async function measureFootprint(
  config: Config,
  events: number,
  users: number,
): Promise<ReadonlyMap<TopicName, TopicFootprint>> {
  const world = await memoryWorld(config)
  await world.log.append(
    simulatedInteractions(events, users).map((event) => ({
      topic: TOPICS.interactions,
      partition: 0,
      key: Buffer.from(event.userId),
      value: world.codecs.interaction.encode(event),
      timestamp: event.eventTime,
    })),
  )
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
  await pipeline.finish()
  pipeline.dispose()
  const footprint = new Map<TopicName, TopicFootprint>()
  for (const topic of Object.values(TOPICS)) {
    let records = 0
    let bytes = 0
    for await (const { key, value, headers } of readTopic(world.log, topic)) {
      records++
      bytes += (key?.length ?? 0) + (value?.length ?? 0)
      for (const [name, header] of Object.entries(headers ?? {})) bytes += name.length + header.length
    }
    if (records > 0) footprint.set(topic, { recordsPerEvent: records / events, bytesPerRecord: bytes / records })
  }
  await world.close()
  return footprint
}
