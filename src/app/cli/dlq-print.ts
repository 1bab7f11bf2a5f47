import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { LetterPosition } from '../../io/schemas/replay-headers.ts'
import type { Config } from '../config/config-schema.ts'
import { type LetterFilter, Letters, type StoredLetter } from '../dlq/letters.ts'
import { type LetterContent, renderLetter } from '../dlq/render-letter.ts'
import { renderLetters, summaryOf } from '../dlq/render-letters.ts'
import { openWorldAsFound } from '../wire.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'

/** Of a table: its columns are as wide as their content, so all of it is held. */
const TABLE_LIMIT = 100

export async function printLetters(
  config: Config,
  filter: LetterFilter,
  limit: number | undefined,
  asJson: boolean,
): Promise<void> {
  const world = await openWorldAsFound(config)
  try {
    const letters = (await Letters.open(world.log)).list(filter)
    if (asJson) await printJson(letters, limit ?? Infinity)
    else await printTable(letters, limit ?? TABLE_LIMIT)
  } finally {
    await world.close()
  }
}

async function printJson(letters: AsyncIterable<StoredLetter>, limit: number): Promise<void> {
  let left = limit
  if (left === 0) return
  for await (const stored of letters) {
    await print(`${jsonOf(summaryOf(stored))}\n`)
    if (--left === 0) return
  }
}

async function printTable(letters: AsyncIterable<StoredLetter>, limit: number): Promise<void> {
  const shown: StoredLetter[] = []
  let isMore = false
  for await (const stored of letters) {
    isMore = shown.length >= limit
    if (isMore) break
    shown.push(stored)
  }
  if (shown.length === 0 && !isMore) return print('No dead letters\n')
  const rest = isMore ? [`There are more than ${limit}; --limit shows them`] : []
  await print(`${[...renderLetters(shown), ...rest].join('\n')}\n`)
}

export async function printLetter(config: Config, position: LetterPosition): Promise<void> {
  const world = await openWorldAsFound(config)
  try {
    const stored = await (await Letters.open(world.log)).at(position, 'show')
    await print(`${renderLetter(stored, await contentOf(stored, world.codecs))}\n`)
  } finally {
    await world.close()
  }
}

/** Where the registry cannot be asked for the letter's schema, the rest of the letter is shown. */
async function contentOf({ letter }: StoredLetter, codecs: RecordCodecs): Promise<LetterContent> {
  try {
    await codecs.interaction.prepare([letter.bytes])
    return codecs.interaction.decode(letter.bytes)
  } catch (error) {
    if (error instanceof LifecycleError) return { kind: 'failure', reason: error.message }
    throw error
  }
}
