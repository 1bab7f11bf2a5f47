/**
 * How many records per second does the embedded log take and give back? The rival is one LevelDB put per record in
 * batches of the same size, which is what the log would do if it did not store record batches.
 *
 *     node --import tsx bench/log.ts
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { openEmbeddedLog } from '../src/io/log/embedded-log.ts'
import type { Log, OutputRecord } from '../src/io/log/log.ts'

const APPEND_RECORDS = 2_000
const APPENDS = 200
const FOLLOW_APPENDS = 100
const USERS = 50_000

function bytesOf(length: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let state = (seed * 2_654_435_761) >>> 0 || 1
  for (let index = 0; index < length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state & 0xff
  }
  return bytes
}

/** Record of user `n`; the values are not compressible, which is the hard case. */
function makeRecords(topic: string, valueBytes: number, partitions: number, from: number): OutputRecord[] {
  return Array.from({ length: APPEND_RECORDS }, (_, index) => {
    const user = (from + index * 7) % USERS
    return {
      topic,
      partition: user % partitions,
      key: Buffer.from(`user-${user}`),
      value: bytesOf(valueBytes, from + index),
      timestamp: 1_650_000_000_000 + from + index,
    }
  })
}

async function check(log: Log): Promise<void> {
  const records = makeRecords('plain', 500, 1, 0)
  const offsets = await log.append(records)
  const slice = await log.read('plain', 0, 3, 1_000)
  if (offsets[1_999] !== 1_999 || slice.nextOffset !== 1_003) throw new Error('the log gives wrong offsets')
  for (const record of slice.records) {
    const sent = records[record.offset]
    if (Buffer.compare(sent.value!, record.value!) !== 0) throw new Error(`record ${record.offset} came back changed`)
  }
}

async function timed(question: string, records: number, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now()
  await work()
  report(question, records, startedAt)
}

function report(question: string, records: number, startedAt: number): void {
  const perSecond = Math.round((records * 1000) / (performance.now() - startedAt))
  console.log(`${question.padEnd(58)} ${perSecond.toLocaleString('en').padStart(10)} records/s`)
}

async function benchAppend(log: Log, topic: string, valueBytes: number, partitions: number): Promise<void> {
  const appends = Array.from({ length: 20 }, (_, index) => makeRecords(topic, valueBytes, partitions, index * 13_007))
  const question = `append ${topic}, ${valueBytes} B values, ${partitions} partitions`
  await timed(question, APPENDS * APPEND_RECORDS, async () => {
    for (let index = 0; index < APPENDS; index++) await log.append(appends[index % appends.length])
  })
}

async function benchFollow(log: Log): Promise<void> {
  const records = makeRecords('followed', 500, 1, 0)
  let read = 0
  const writer = await log.openWriter('bench')
  await timed('commit, and a reader that follows by 500', FOLLOW_APPENDS * APPEND_RECORDS, async () => {
    for (let index = 1; index <= FOLLOW_APPENDS; index++) {
      const positions = [{ topic: 'plain', partition: 0, nextOffset: index }]
      await writer.commit({ group: 'bench', outputs: records, positions })
      while (read < index * APPEND_RECORDS) read = (await log.read('followed', 0, read, 500)).nextOffset
    }
  })
}

async function benchRead(log: Log, topic: string): Promise<void> {
  const end = await log.endOffset(topic, 0)
  const startedAt = performance.now()
  let count = 0
  for (let next = 0; next < end;) {
    const slice = await log.read(topic, 0, next, 2_000)
    count += slice.records.length
    next = slice.nextOffset
  }
  report(`read ${topic} from the start by 2,000`, count, startedAt)
}

async function benchRival(folder: string): Promise<void> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view' })
  const records = makeRecords('plain', 500, 1, 0)
  let offset = 0
  await timed('rival: one put per record, 500 B values', APPENDS * APPEND_RECORDS, async () => {
    for (let index = 0; index < APPENDS; index++) {
      const operations = records.map((record) => {
        const key = Buffer.alloc(8)
        key.writeDoubleBE(++offset)
        return { type: 'put' as const, key, value: record.value! }
      })
      await level.batch(operations)
    }
  })
  await level.close()
}

/** A fresh log for each question, since LevelDB goes on compacting after a burst. */
async function withLog(folder: string, work: (log: Log) => Promise<void>): Promise<void> {
  const log = await openEmbeddedLog(folder)
  await log.ensureTopics([
    { name: 'plain', partitions: 4, cleanup: 'delete' },
    { name: 'followed', partitions: 1, cleanup: 'delete' },
    { name: 'compacted', partitions: 4, cleanup: 'compact' },
  ])
  await work(log)
  await log.close()
  await rm(folder, { recursive: true })
}

const folder = await mkdtemp(join(tmpdir(), 'stan-bench-log-'))
const path = join(folder, 'log')
console.log(`${cpus()[0].model}, ${cpus().length} cores, node ${process.version}`)
await withLog(path, check)
await benchRival(join(folder, 'rival'))
for (const partitions of [1, 4]) {
  await withLog(path, async (log) => {
    await benchAppend(log, 'plain', 500, partitions)
    await benchRead(log, 'plain')
  })
}
for (const partitions of [1, 4]) {
  await withLog(path, async (log) => {
    await benchAppend(log, 'compacted', 1_000, partitions)
    await benchRead(log, 'compacted')
  })
}
await withLog(path, benchFollow)
await rm(folder, { recursive: true })
