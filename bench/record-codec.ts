/**
 * How many records per second do the codecs of the two frequent records write and read? The rival is JSON.
 *
 *     node --import tsx bench/record-codec.ts
 */
import { isDeepStrictEqual } from 'node:util'
import { cpus } from 'node:os'
import type { EventId, ItemId, UserId } from '../src/core/contracts/ids.ts'
import type { Interaction } from '../src/core/contracts/interaction.ts'
import type { ExampleTask, TrainingExample } from '../src/core/contracts/training-example.ts'
import type { RecordCodec } from '../src/io/schemas/record-codec.ts'
import { createRecordCodecs } from '../src/io/schemas/record-codecs.ts'

const VARIANTS = 500
const ROUNDS = 400

function featuresOf(prefix: string, count: number, seed: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${prefix}_feature${index}`, `value${(seed * 31 + index * 7) % 97}`]),
  )
}

/** 12 features in all. */
function makeInteraction(seed: number): Interaction {
  return {
    eventId: `log_standard_4_25_to_5_05_pure:${seed}` as EventId,
    userId: `${seed % 300}` as UserId,
    itemId: `${(seed * 13) % 400}` as ItemId,
    type: 'impression',
    eventTime: 1_650_812_741_436 + seed,
    impressionId: undefined,
    value: undefined,
    outcomes: { click: 1, stay: seed * 10 },
    context: { tab: `${seed % 15}`, hour: `${seed % 24}` },
    userFeatures: featuresOf('user', 6, seed % 300),
    itemFeatures: featuresOf('item', 4, seed % 400),
  }
}

function makeExample(seed: number): TrainingExample {
  const { eventId, userId, itemId, eventTime, context, userFeatures, itemFeatures } = makeInteraction(seed)
  const task = (name: string): ExampleTask => ({
    task: name,
    trial: true,
    label: 1,
    rawValue: 1,
    pseudoLabel: 0.25,
    alpha: 1.5 + seed,
    beta: 8.5,
    effectiveSampleSize: 7,
    gamma: 0.125,
    algorithmGamma: 0.0625,
    trials: 9,
    successes: 2,
  })
  return {
    exampleId: eventId,
    userId,
    itemId,
    kind: 'final',
    weight: 1,
    impressionTime: eventTime,
    context,
    userFeatures: userFeatures!,
    itemFeatures: itemFeatures!,
    stage: 'wander',
    stageProbabilities: [0.1, 0.2, 0.3, 0.4],
    stateTokens: Int32Array.from({ length: 24 }, (_, index) => index * 11),
    stateNumbers: Float32Array.from({ length: 40 }, (_, index) => index / (seed + 1)),
    tasks: ['ctr', 'stay', 'cvr'].map(task),
    bundleVersion: 3,
    source: { topic: 'interactions', partition: 0, offset: seed as TrainingExample['source']['offset'] },
  }
}

function timed(question: string, records: number, work: () => void): void {
  work()
  const startedAt = performance.now()
  work()
  const perSecond = Math.round((records * 1000) / (performance.now() - startedAt))
  console.log(`${question.padEnd(40)} ${perSecond.toLocaleString('en').padStart(10)} records/s`)
}

function bench<T>(name: string, codec: RecordCodec<T>, records: readonly T[]): void {
  const encoded = records.map((record) => codec.encode(record))
  for (const [index, bytes] of encoded.entries()) {
    if (!isDeepStrictEqual(codec.decodeOwn(bytes), records[index]))
      throw new Error(`${name} ${index} came back changed`)
  }
  const texts = records.map((record) => Buffer.from(JSON.stringify(record)))
  const count = ROUNDS * records.length
  const each = (work: (index: number) => void) => () => {
    for (let round = 0; round < ROUNDS; round++) for (let index = 0; index < records.length; index++) work(index)
  }
  console.log(`${name}: ${encoded[0].length} bytes, as JSON ${texts[0].length}`)
  timed(
    `  encode ${name}`,
    count,
    each((index) => codec.encode(records[index])),
  )
  timed(
    `  decode ${name}`,
    count,
    each((index) => codec.decode(encoded[index])),
  )
  timed(
    `  rival: to JSON`,
    count / 4,
    each4((index) => Buffer.from(JSON.stringify(records[index])), records.length),
  )
  timed(
    `  rival: from JSON`,
    count / 4,
    each4((index) => JSON.parse(texts[index].toString()), records.length),
  )
}

function each4(work: (index: number) => void, length: number): () => void {
  return () => {
    for (let round = 0; round < ROUNDS / 4; round++) for (let index = 0; index < length; index++) work(index)
  }
}

console.log(`${cpus()[0].model}, ${cpus().length} cores, node ${process.version}`)
const codecs = createRecordCodecs()
const seeds = Array.from({ length: VARIANTS }, (_, index) => index)
bench('interaction', codecs.interaction, seeds.map(makeInteraction))
bench('training-example', codecs.trainingExample, seeds.map(makeExample))
