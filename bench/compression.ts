/**
 * What does each of Kafka's compressions save, and what does it cost, on the records that this program sends? One batch
 * of 2,000 records as the producer packs it; the rival is no compression at all, which is a copy of the bytes.
 *
 *     node --import tsx bench/compression.ts
 */
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { TEST_SETTINGS } from '../test/support/tracker-settings.ts'
import { TrackDriver } from '../test/support/track-driver.ts'
import { nextEvents } from '../src/core/simulator/next-events.ts'
import { createWorld } from '../src/core/simulator/world.ts'
import { COMPRESSION_CODECS, type CompressionCodec } from '../src/io/log/kafka/compression-codecs.ts'
import { createRecordCodecs } from '../src/io/schemas/record-codecs.ts'
import { benchBundle } from './support/bench-bundle.ts'
import { check, printMachine } from './support/report.ts'

const BATCH_RECORDS = 2_000
const EVENTS = 12_000
const ROUNDS = 80

const packGzip = promisify(gzip)
const CODECS: Readonly<Record<string, CompressionCodec>> = {
  none: {
    compress: ({ buffer }) => Promise.resolve(Buffer.from(buffer)),
    decompress: (bytes) => Promise.resolve(Buffer.from(bytes)),
  },
  // As kafkajs has it.
  gzip: { compress: ({ buffer }) => packGzip(buffer), decompress: promisify(gunzip) },
  ...COMPRESSION_CODECS,
}

/** Values of the first records of each kind, as they follow each other in a batch. */
function batches(): Record<string, Buffer> {
  const codecs = createRecordCodecs()
  const interactions = nextEvents(createWorld({ seed: 1, userCount: 500 }), EVENTS)
  const drivers = new Map<string, TrackDriver>()
  for (const interaction of interactions) {
    const driver = drivers.get(interaction.userId) ?? new TrackDriver(TEST_SETTINGS, benchBundle(TEST_SETTINGS))
    drivers.set(interaction.userId, driver)
    driver.send(interaction)
  }
  const examples = [...drivers.values()].flatMap((driver) => driver.examples()).slice(0, BATCH_RECORDS)
  check(examples.length === BATCH_RECORDS, `there are only ${examples.length} training examples`)
  return {
    interactions: Buffer.concat(interactions.slice(0, BATCH_RECORDS).map((one) => codecs.interaction.encode(one))),
    'training-examples': Buffer.concat(examples.map((one) => codecs.trainingExample.encode(one))),
  }
}

async function megabytesPerSecond(byteCount: number, work: () => Promise<unknown>): Promise<string> {
  for (let round = 0; round < ROUNDS / 10; round++) await work()
  const startedAt = performance.now()
  for (let round = 0; round < ROUNDS; round++) await work()
  return `${Math.round((byteCount * ROUNDS) / 1000 / (performance.now() - startedAt))} MB/s`.padStart(11)
}

printMachine()
for (const [topic, buffer] of Object.entries(batches())) {
  console.log(`\n${BATCH_RECORDS} ${topic}, ${buffer.length} bytes${'ratio       pack     unpack'.padStart(40)}`)
  for (const [name, codec] of Object.entries(CODECS)) {
    const packed = await codec.compress({ buffer })
    check((await codec.decompress(packed)).equals(buffer), `${name} changes the bytes`)
    const pack = await megabytesPerSecond(buffer.length, () => codec.compress({ buffer }))
    const unpack = await megabytesPerSecond(buffer.length, () => codec.decompress(packed))
    console.log(`${name.padEnd(48)} ${(buffer.length / packed.length).toFixed(2).padStart(16)}${pack}${unpack}`)
  }
}
