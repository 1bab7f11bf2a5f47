import type { DatasetBatch, DatasetRow } from '../../io/datasets/dataset-batch.ts'
import type { OutputRecord } from '../../io/log/log.ts'
import { deadLetterHeaders, readDeadLetter } from '../../io/schemas/dead-letter-headers.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { partitionOf } from '../partition-of.ts'
import type { Pipeline } from '../pipeline.ts'
import { TOPICS } from '../topics.ts'
import type { World } from '../wire.ts'
import { EventIdIndex, identityOf, type OnceRecord } from './event-id-index.ts'

export interface IngestCounts {
  rows: number
  /** Rows that the data folder already held. */
  known: number
}

const encoder = new TextEncoder()

/**
 * Appends a source's rows to interactions, each once, and runs the pipeline, if there is one, over them as they come. A row that the
 * data folder already holds is recognised by its event id; so a second run adds nothing and an interrupted one goes
 * on. Bad rows go to the dead letters with their bytes.
 */
export async function ingest(
  source: AsyncIterable<DatasetBatch>,
  world: World,
  pipeline: Pipeline | null,
  partitions: number,
  onProgress: (batch: DatasetBatch, counts: IngestCounts) => void,
): Promise<IngestCounts> {
  const { log, codecs } = world
  const index = await EventIdIndex.open(
    log,
    await world.sideStore('ingested'),
    [TOPICS.interactions, TOPICS.deadLetters],
    (topic, { value, headers }) => {
      if (topic === TOPICS.deadLetters) {
        const dead = readDeadLetter(value, headers)
        return dead && identityOf.deadLetter(dead.letter)
      }
      const decoded = value && codecs.interaction.decode(value)
      return decoded?.kind === 'record' ? identityOf.event(decoded.record.eventId) : null
    },
    async (topic, records) => {
      if (topic === TOPICS.interactions) await codecs.interaction.prepare(records.map(({ value }) => value))
    },
  )
  const counts: IngestCounts = { rows: 0, known: 0 }
  for await (const batch of source) {
    counts.rows += batch.rows.length
    counts.known += await index.appendNew(batch.rows.map((row) => onceRecord(row, codecs, partitions)))
    await pipeline?.catchUp()
    onProgress(batch, counts)
  }
  await pipeline?.finish()
  return counts
}

function onceRecord(row: DatasetRow, codecs: RecordCodecs, partitions: number): OnceRecord {
  if (row.kind === 'interaction') {
    const { interaction } = row
    const record: OutputRecord = {
      topic: TOPICS.interactions,
      partition: partitionOf(interaction.userId, partitions),
      key: encoder.encode(interaction.userId),
      value: codecs.interaction.encode(interaction),
      timestamp: interaction.eventTime,
    }
    return { identity: identityOf.event(interaction.eventId), record }
  }
  const { letter } = row
  const record: OutputRecord = {
    topic: TOPICS.deadLetters,
    partition: 0,
    key: null,
    value: letter.bytes,
    headers: deadLetterHeaders(letter, { timestamp: 0, attempt: 1 }),
    timestamp: 0,
  }
  return { identity: identityOf.deadLetter(letter), record }
}
