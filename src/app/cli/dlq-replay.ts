import type { Config } from '../config/config-schema.ts'
import { positionText } from '../dlq/letter-position.ts'
import { printable } from '../dlq/printable.ts'
import { replayLetters, type ReplayOptions, type ReplayResult, type ReplaySelection } from '../dlq/replay-letters.ts'
import { TOPICS } from '../topics.ts'
import { openWorldAsFound } from '../wire.ts'
import { print } from './output.ts'

/** Prints a line for each letter, and a sum. */
export async function replay(config: Config, selection: ReplaySelection, options: ReplayOptions): Promise<void> {
  const world = await openWorldAsFound(config)
  try {
    const counts = { replayed: 0, refused: 0 }
    for await (const result of replayLetters(world.log, world.codecs, selection, options)) {
      counts[result.kind]++
      await print(`${lineOf(result)}\n`)
    }
    const done = options.dryRun ? 'Would replay' : 'Replayed'
    await print(
      `${done} ${counts.replayed} ${counts.replayed === 1 ? 'letter' : 'letters'}, refused ${counts.refused}\n`,
    )
  } finally {
    await world.close()
  }
}

function lineOf(result: ReplayResult): string {
  const position = positionText(result.stored)
  if (result.kind === 'refused') return `${position} refused: ${printable(result.reason)}`
  const place = result.offset === null ? '' : `@${result.offset}`
  return `${position} to ${TOPICS.interactions}/${result.partition}${place}, attempt ${result.stored.attempt + 1}`
}
