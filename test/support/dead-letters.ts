import { TOPICS, topicSpecs } from '../../src/app/topics.ts'
import type { DeadLetter } from '../../src/core/contracts/dead-letter.ts'
import type { Log, OutputRecord } from '../../src/io/log/log.ts'
import { openEmbeddedLog } from '../../src/io/log/embedded-log.ts'
import { MemoryLog } from '../../src/io/log/memory-log.ts'
import { deadLetterHeaders } from '../../src/io/schemas/dead-letter-headers.ts'
import { createRecordCodecs } from '../../src/io/schemas/record-codecs.ts'
import { onTestFinished } from 'vitest'
import { SAMPLE_RECORDS } from './sample-records.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const codecs = createRecordCodecs()
/** A record that nothing is wrong with, as bytes. */
export const FRAMED = codecs.interaction.encode(SAMPLE_RECORDS.interaction)
export const TIME = SAMPLE_RECORDS.interaction.eventTime
export const PARTITIONS = 2

export interface LetterSample {
  readonly letter?: Partial<DeadLetter>
  readonly partition?: number
  readonly key?: string | null
  readonly attempt?: number
  readonly timestamp?: number
  /** Of the bad record. */
  readonly headers?: Readonly<Record<string, Uint8Array>>
}

/** A dead letter's record as the tracker and the readers of files write it. */
export function letterRecord(sample: LetterSample = {}): OutputRecord {
  const { partition = 0, key = 'ann', attempt = 1, timestamp = TIME, headers } = sample
  const bytes = sample.letter?.bytes ?? FRAMED
  const letter: DeadLetter = {
    cause: 'unknown-impression',
    field: 'impressionId',
    reason: 'the impression never came',
    origin: `interactions/${partition}@7`,
    byteLength: bytes.length,
    ...sample.letter,
    bytes,
  }
  return {
    topic: TOPICS.deadLetters,
    partition,
    key: key === null ? null : Buffer.from(key),
    value: bytes,
    headers: deadLetterHeaders(letter, { headers, timestamp, attempt }),
    timestamp,
  }
}

/** Logs with all topics, empty; they close when the running test ends. */
export const LOGS: readonly (readonly [kind: string, open: () => Promise<Log>])[] = [
  ['memory', async () => withTopics(new MemoryLog())],
  ['embedded', async () => withTopics(await openEmbeddedLog(await temporaryFolder()))],
]

async function withTopics(log: Log): Promise<Log> {
  onTestFinished(() => log.close())
  await log.ensureTopics(topicSpecs(PARTITIONS))
  return log
}
