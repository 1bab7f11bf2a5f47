/**
 * How fast is the Kafka log with one broker beside it: appends, commits of 12,000 records with positions, reads, the
 * opening of a writer? Keys and values are as the tracker writes them: 60 bytes, and 300 to 700.
 *
 *     node --import tsx bench/kafka-log.ts [compression]
 */
import { cpus } from 'node:os'
import { openKafkaLog } from '../src/io/log/kafka/kafka-log.ts'
import { KAFKA_COMPRESSIONS, type KafkaCompression } from '../src/io/log/kafka/kafka-settings.ts'
import type { Log, LogWriter, OutputRecord } from '../src/io/log/log.ts'
import { startKafkaCluster } from '../test/support/kafka/kafka-cluster.ts'
import { QUIET_LOGGER, testKafkaSettings } from '../test/support/kafka/kafka-settings.ts'
import { NEWEST_KAFKA } from '../test/support/kafka/kafka-versions.ts'

const COMMIT_RECORDS = 12_000
const COMMITS = 10
const APPEND_RECORDS = 2_000
const APPENDS = 30
const WRITERS = 20

/** JSON-like text: half of it repeats, as in real records. */
function valueOf(seed: number): Buffer {
  const length = 300 + ((seed * 7919) % 401)
  let text = ''
  for (let n = seed; text.length < length; n = (n * 48271 + 11) % 2147483647)
    text += `{"user":${n},"ctr":0.${n % 997}},`
  return Buffer.from(text.slice(0, length))
}

function makeRecords(count: number): OutputRecord[] {
  const topics = ['states', 'changelog', 'examples']
  return Array.from({ length: count }, (_, index) => ({
    topic: topics[index % topics.length],
    partition: 0,
    key: Buffer.from(`user-${index % 4_000}`.padEnd(60, '.')),
    value: valueOf(index),
    timestamp: 1_650_000_000_000 + index,
  }))
}

async function commit(writer: LogWriter, records: readonly OutputRecord[], nextOffset: number): Promise<void> {
  await writer.commit({
    group: 'bench',
    outputs: records,
    positions: [{ topic: 'input', partition: 0, nextOffset }],
  })
}

async function readAll(log: Log, topic: string, from: number): Promise<{ count: number; bytes: number }> {
  const end = await log.endOffset(topic, 0)
  let count = 0
  let bytes = 0
  for (let offset = from; offset < end;) {
    const changed = log.changed()
    const { records, nextOffset } = await log.read(topic, 0, offset, 4_096)
    if (nextOffset === offset) await changed
    offset = nextOffset
    count += records.length
    for (const { value } of records) bytes += value!.length
  }
  return { count, bytes }
}

async function timed(question: string, amount: number, unit: string, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  await work()
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const rate = Math.round(amount / seconds).toLocaleString('en')
  const core = Math.round((100 * (user + system)) / 1e6 / seconds)
  console.log(`${question.padEnd(34)} ${rate.padStart(9)} ${unit}/s   ${core} % of a core`)
}

const compression = (process.argv[2] ?? 'none') as KafkaCompression
if (!KAFKA_COMPRESSIONS.includes(compression)) throw new TypeError(`there is no compression ${compression}`)
const cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1, jvmFlags: ['-XX:TieredStopAtLevel=4'] })
const log = await openKafkaLog(testKafkaSettings(cluster, { application: 'bench', compression }), QUIET_LOGGER, {
  mayCreateTopics: true,
})
try {
  await log.ensureTopics([
    { name: 'input', partitions: 1, cleanup: 'delete' },
    { name: 'states', partitions: 1, cleanup: 'compact' },
    { name: 'changelog', partitions: 1, cleanup: 'compact' },
    { name: 'examples', partitions: 1, cleanup: 'delete' },
    { name: 'appended', partitions: 1, cleanup: 'delete' },
  ])
  const records = makeRecords(COMMIT_RECORDS)
  const writer = await log.openWriter('bench')
  await commit(writer, records, 1)
  const checked = await readAll(log, 'examples', 0)
  const expected = records.filter(({ topic }) => topic === 'examples')
  const expectedBytes = expected.reduce((sum, { value }) => sum + value!.length, 0)
  if (checked.count !== expected.length || checked.bytes !== expectedBytes) throw new Error('the log lost records')
  if ((await log.committed('bench', 'input', 0)) !== 1) throw new Error('the log lost the position')

  console.log(`Node ${process.version}, Kafka ${NEWEST_KAFKA}, ${cpus().length} cores, compression ${compression}`)
  for (let round = 2; round < 5; round++) await commit(writer, records, round)
  await timed('commit of 12,000 records', COMMITS * COMMIT_RECORDS, 'records', async () => {
    for (let round = 0; round < COMMITS; round++) await commit(writer, records, 10 + round)
  })
  const small = records.slice(0, 30)
  await timed('commit of 30 records', 100, 'commits', async () => {
    for (let round = 0; round < 100; round++) await commit(writer, small, 100 + round)
  })
  const appended = makeRecords(APPEND_RECORDS).map((record) => ({ ...record, topic: 'appended' }))
  await timed('append of 2,000 records', APPENDS * APPEND_RECORDS, 'records', async () => {
    for (let round = 0; round < APPENDS; round++) await log.append(appended)
  })
  await timed('read, 4,096 records a slice', APPENDS * APPEND_RECORDS, 'records', async () => {
    await readAll(log, 'appended', 0)
  })
  await timed('end offset', 300, 'calls', async () => {
    for (let round = 0; round < 300; round++) await log.endOffset('examples', 0)
  })
  await timed('open a writer', WRITERS, 'writers', async () => {
    for (let n = 0; n < WRITERS; n++) await (await log.openWriter(`task-${n % 3}`)).close()
  })
} finally {
  await log.close()
  await cluster.stop()
}
