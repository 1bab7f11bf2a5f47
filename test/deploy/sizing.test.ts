import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { measureFootprint } from '../../bench/support/measure-footprint.ts'
import { FIGURES, LOADS, sizeOf, sizingTable } from '../../bench/support/sizing.ts'
import { configSchema } from '../../src/app/config/config-schema.ts'
import { loadConfig } from '../../src/app/config/load-config.ts'
import { retentionByTopic } from '../../src/app/config/retention-config.ts'
import { chooseBackend } from '../../src/app/tensor-backend.ts'
import { TOPICS } from '../../src/app/topics.ts'

const ROOT = join(import.meta.dirname, '../..')
const DAY_MS = 86_400_000

beforeAll(async () => {
  await chooseBackend('wasm')
})

const read = (file: string): Promise<string> => readFile(join(ROOT, file), 'utf8')

test('the table of deploy/sizing.md is what the arithmetic gives', async () => {
  const [, table] = /<!-- table -->\n([^]*?)\n<!-- end of table -->/.exec(await read('deploy/sizing.md'))!
  expect(table).toBe(sizingTable())
})

test('the figures are those of the benchmarks in the README', async () => {
  const readme = await read('README.md')
  const row = (question: string): string => {
    const found = readme.split('\n').find((line) => line.startsWith(`| ${question}`))
    if (found === undefined) throw new Error(`the README has no benchmark ${question}`)
    return found
  }
  expect(row('tracker on Kafka, 8 partitions')).toContain('; 10,300 and 15,300 when the host was slower')
  expect(FIGURES.trackerEventsPerSecond).toBe(10_300)
  expect(row('tracker on the embedded log')).toContain(
    '| 29,000 to 35,400 events/s, half of it when the host was slower',
  )
  expect(FIGURES.embeddedEventsPerSecond).toBe(29_000 / 2)
  expect(row('ranker, test then train')).toContain('| 17,200, 9,900; 980 examples/s')
  expect(FIGURES.rankerExamplesPerSecond).toBe(17_200)
  expect(row('stored state of a user, median and 99 %')).toContain('| 715 and 754 bytes')
  expect(FIGURES.storedUserBytes).toBe(754)
  expect(row('stores of 1,004,796 users rebuilt')).toContain('142,000 records/s')
  expect(FIGURES.rebuildRecordsPerSecond).toBe(142_000)
  expect(row('API’s view of 1,000,000 users'.replace('’', "'"))).toContain('1,323 MiB at most')
  expect(FIGURES.apiMiBAtAMillion).toBe(1323)
  expect(row('whole KuaiRand-Pure, tracker and ranker, native')).toContain('1.5 GiB')
  expect(FIGURES.allInOneMiB).toBe(1.5 * 1024)
})

test('the sizes are those of the simulated shop', async () => {
  const footprint = await measureFootprint(configSchema.parse({}), 8000, 1000)
  const near = (measured: number | undefined, figure: number): boolean =>
    measured !== undefined && Math.abs(measured / figure - 1) < 0.15
  const of = (topic: (typeof TOPICS)[keyof typeof TOPICS]) => footprint.get(topic)
  const faults = [
    ['interactionBytes', of(TOPICS.interactions)?.bytesPerRecord, FIGURES.interactionBytes] as const,
    ['publishedStateBytes', of(TOPICS.userStates)?.bytesPerRecord, FIGURES.publishedStateBytes] as const,
    ['exampleBytes', of(TOPICS.trainingExamples)?.bytesPerRecord, FIGURES.exampleBytes] as const,
    ['predictionBytes', of(TOPICS.predictions)?.bytesPerRecord, FIGURES.predictionBytes] as const,
    ['examplesPerEvent', of(TOPICS.trainingExamples)?.recordsPerEvent, FIGURES.examplesPerEvent] as const,
  ].filter(([, measured, figure]) => !near(measured, figure))
  expect(faults).toEqual([])
})

test('each load is within what its trackers and its ranker can do on average', () => {
  for (const load of LOADS) {
    const { trackers, rankerShare } = sizeOf(load)
    expect(trackers).toBeLessThanOrEqual(load.partitions)
    expect(rankerShare).toBeLessThan(1)
  }
})

test.each(LOADS)('the configuration of $name is valid, and is the one that was reckoned with', async (load) => {
  const file = join(ROOT, `deploy/examples/config/${load.name}.yaml`)
  const config = await loadConfig({ file, environment: {}, flags: [] })
  expect(config).toMatchObject({
    log: load.log,
    partitions: load.partitions,
    joiner: { correctionHours: load.correctionHours },
    tracker: { cachedUsers: load.cachedUsers, snapshots: load.snapshots },
  })
  expect(retentionByTopic(config.retention).get(TOPICS.interactions)?.ageMs).toBe(load.retentionDays * DAY_MS)
  expect(config.log === 'kafka' ? config.kafka.replicationFactor : 1).toBe(load.replicationFactor)
  // The bound is above what was reckoned.
  expect(config.memory.maxMiB).toBeGreaterThan(sizeOf(load).trackerMiB)
})
