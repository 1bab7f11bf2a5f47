import type { DeadLetterCause } from '../../core/contracts/dead-letter.ts'
import type { Log, OutputRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { type LetterPosition, replayMarkHeaders } from '../../io/schemas/replay-headers.ts'
import { TOPICS } from '../topics.ts'
import { positionText } from './letter-position.ts'
import { Letters, type StoredLetter } from './letters.ts'
import { planReplay, type ReplayPlan } from './plan-replay.ts'

/** Letters by their positions, all of them or none; or those of a cause that were not replayed yet, null for any cause. */
export type ReplaySelection =
  | { readonly kind: 'positions'; readonly positions: readonly LetterPosition[] }
  | { readonly kind: 'cause'; readonly cause: DeadLetterCause | null }

export interface ReplayOptions {
  readonly limit: number
  readonly maxAttempts: number
  /** Says what would be done, and writes nothing. */
  readonly dryRun: boolean
  readonly nowMs: number
}

/** What became of a letter. `offset` in interactions is null in a dry run. */
export type ReplayResult = { readonly stored: StoredLetter } & (
  | { readonly kind: 'replayed'; readonly partition: number; readonly offset: number | null }
  | { readonly kind: 'refused'; readonly reason: string }
)

interface Planned {
  readonly stored: StoredLetter
  readonly plan: ReplayPlan
}

const CHUNK = 500

/**
 * Appends letters to the topic that they came from, the oldest first, each with its mark in one write, and says what
 * became of each. Throws RangeError, before anything is written, when a letter named by its position cannot go.
 */
export async function* replayLetters(
  log: Log,
  codecs: Pick<RecordCodecs, 'interaction'>,
  selection: ReplaySelection,
  options: ReplayOptions,
): AsyncGenerator<ReplayResult, void, undefined> {
  const letters = await Letters.open(log)
  const partitions = log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 0
  const rules = { maxAttempts: options.maxAttempts, partitions, codec: codecs.interaction }
  let left = options.limit
  const chunkSize = selection.kind === 'positions' ? selection.positions.length : CHUNK
  for await (const chunk of chunksOf(chosen(letters, selection), chunkSize)) {
    await codecs.interaction.prepare(chunk.map(({ letter }) => letter.bytes))
    const planned: Planned[] = []
    for (const stored of chunk) {
      if (left === 0) break
      const plan = planReplay(stored, rules)
      if (plan.kind === 'replay') left--
      planned.push({ stored, plan })
    }
    if (selection.kind === 'positions') refuseAny(planned)
    yield* await write(log, planned, options)
    if (left === 0) return
  }
}

async function* chosen(letters: Letters, selection: ReplaySelection): AsyncGenerator<StoredLetter, void, undefined> {
  if (selection.kind === 'positions') {
    const distinct = new Map(selection.positions.map((position) => [positionText(position), position]))
    // Looked up before the first is passed on, so that a wrong one stops all.
    const found: StoredLetter[] = []
    for (const position of distinct.values()) found.push(await letters.at(position, 'replay'))
    yield* found
    return
  }
  for await (const stored of letters.list({ cause: selection.cause ?? undefined })) {
    if (stored.replayedMs === null) yield stored
  }
}

async function* chunksOf(
  letters: AsyncIterable<StoredLetter>,
  size: number,
): AsyncGenerator<readonly StoredLetter[], void, undefined> {
  let chunk: StoredLetter[] = []
  for await (const stored of letters) {
    chunk.push(stored)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function refuseAny(planned: readonly Planned[]): void {
  const refused = planned.flatMap(({ stored, plan }) => (plan.kind === 'refused' ? [{ stored, ...plan }] : []))
  if (refused.length === 0) return
  const [{ stored, reason }] = refused
  const more = refused.length > 1 ? `; and ${refused.length - 1} more` : ''
  throw new RangeError(`Cannot replay ${positionText(stored)}: ${reason}${more}`)
}

/** Record and mark of a letter become visible together: one without the other would lose a letter or double it. */
async function write(log: Log, planned: readonly Planned[], options: ReplayOptions): Promise<readonly ReplayResult[]> {
  const records: OutputRecord[] = []
  const marks: OutputRecord[] = []
  for (const { stored, plan } of planned) {
    if (plan.kind === 'refused') continue
    records.push(plan.record)
    marks.push({
      topic: TOPICS.deadLetters,
      partition: stored.partition,
      key: null,
      value: null,
      headers: replayMarkHeaders(stored.offset),
      timestamp: options.nowMs,
    })
  }
  const isWritten = records.length > 0 && !options.dryRun
  const offsets = isWritten ? await log.append([...records, ...marks]) : null
  let place = 0
  return planned.map(({ stored, plan }): ReplayResult => {
    if (plan.kind === 'refused') return { stored, ...plan }
    return { kind: 'replayed', stored, partition: plan.record.partition, offset: offsets?.[place++] ?? null }
  })
}
