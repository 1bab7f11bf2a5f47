import type { Config } from '../../../src/app/config/config-schema.ts'
import { partitionOf } from '../../../src/app/partition-of.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { memoryWorld, type World } from '../../../src/app/wire.ts'
import { outputsByUser, type UserOutputs } from '../outputs-by-user.ts'
import { displacedInteractions, simulatedInteractions } from '../simulated-interactions.ts'

/** Input of every cell: some of it late, some of that after its windows. */
export const CRASH_INPUT = displacedInteractions(simulatedInteractions(6000, 400), 25, 400)
const PORTION = 500

/** Appends events in portions, as a producer would. */
export async function appendInput(world: World, from: number, to: number, partitions: number): Promise<void> {
  for (let start = from; start < to; start += PORTION) {
    await world.log.append(
      CRASH_INPUT.slice(start, Math.min(to, start + PORTION)).map((interaction) => ({
        topic: TOPICS.interactions,
        partition: partitionOf(interaction.userId, partitions),
        key: Buffer.from(interaction.userId),
        value: world.codecs.interaction.encode(interaction),
        timestamp: interaction.eventTime,
      })),
    )
  }
}

let reference: Promise<Record<string, UserOutputs>> | null = null

/** What a run without faults says of each user; the same for all cells. */
export function crashReference(config: Config): Promise<Record<string, UserOutputs>> {
  reference ??= compute(config)
  return reference
}

async function compute(config: Config): Promise<Record<string, UserOutputs>> {
  const world = await memoryWorld({ ...config, log: 'embedded' })
  await appendInput(world, 0, CRASH_INPUT.length, config.partitions)
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  await pipeline.finish()
  return outputsByUser(world.log, world.codecs)
}
