/**
 * One tracker process on Kafka with the broker beside it, 8 partitions: events per second in both delivery modes, and
 * from event to published state at half that load. Checks that every event was tracked once.
 *
 *     node --import tsx bench/kafka-tracker.ts [events]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { cachedUsersPerPartition, trackerSettingsOf } from '../src/app/config/compile-config.ts'
import { type Config, configSchema } from '../src/app/config/config-schema.ts'
import { partitionOf } from '../src/app/partition-of.ts'
import { TRACKER_GROUP } from '../src/app/pipeline.ts'
import { TOPICS } from '../src/app/topics.ts'
import { TrackerGroup } from '../src/app/tracker/tracker-group.ts'
import { openWorld, type World } from '../src/app/wire.ts'
import type { Interaction } from '../src/core/contracts/interaction.ts'
import { nextEvents } from '../src/core/simulator/next-events.ts'
import { createWorld } from '../src/core/simulator/world.ts'
import { startKafkaCluster } from '../test/support/kafka/kafka-cluster.ts'
import { createTopics, kafkaSection } from '../test/support/kafka/kafka-config.ts'
import { NEWEST_KAFKA } from '../test/support/kafka/kafka-versions.ts'
import { benchBundle } from './support/bench-bundle.ts'
import { check, perSecond, printMachine, report } from './support/report.ts'

const EVENTS = Number(process.argv[2] ?? 200_000)
const PARTITIONS = 8
const LATENCY_SECONDS = 25
/** Not counted: the process has just started. */
const WARM_UP_SECONDS = 5

printMachine()
const cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1, jvmFlags: ['-Xmx2g'] })
const folder = await mkdtemp(path.join(tmpdir(), 'stan-bench-'))
let folders = 0
try {
  report('broker', `Kafka ${NEWEST_KAFKA}, one node, ${PARTITIONS} partitions`)
  const events = nextEvents(createWorld({ seed: 1, userCount: 20_000 }), EVENTS)
  let rate = 0
  for (const delivery of ['exactly-once', 'at-least-once'] as const) {
    const config = configOf(delivery)
    await createTopics(config)
    const producer = await open(config)
    await publishBundle(producer, config)
    await produce(producer, events)
    const world = await open(config)
    const started = performance.now()
    const group = await join(world, config)
    await untilTracked(producer)
    const elapsed = performance.now() - started
    const { events: tracked, duplicates } = group.counters()
    check(tracked === EVENTS && duplicates === 0, `${tracked} events tracked, ${duplicates} of them twice`)
    report(`${delivery}, start included`, `${perSecond(EVENTS, elapsed)} events`)
    if (delivery === 'exactly-once') rate = (EVENTS * 1000) / elapsed
    await group.leave()
    await world.close()
    await producer.close()
  }
  await measureLatency(rate / 2)
} finally {
  await cluster.stop()
  await rm(folder, { recursive: true, force: true })
}

function configOf(delivery: Config['kafka']['delivery'], name: string = delivery): Config {
  return configSchema.parse({
    log: 'kafka',
    partitions: PARTITIONS,
    kafka: kafkaSection(cluster, name, { delivery }),
  })
}

function open(config: Config): Promise<World> {
  return openWorld({ ...config, dataDir: path.join(folder, String(folders++)) }, '0')
}

function join(world: World, config: Config): Promise<TrackerGroup> {
  const { sliceSize, commitIntervalMs } = config.tracker
  const cachedUsers = cachedUsersPerPartition(config)
  const settings = trackerSettingsOf(config)
  const ran = { sliceSize, commitIntervalMs, cachedUsers, standby: false }
  const options = { settings, group: TRACKER_GROUP, partitions: PARTITIONS, ...ran }
  const quiet = { debug: () => {}, info: () => {}, warn: console.warn, error: console.error }
  return TrackerGroup.join(world, options, quiet)
}

async function publishBundle({ log, codecs }: World, config: Config): Promise<void> {
  const value = codecs.modelBundle.encode(benchBundle(trackerSettingsOf(config)))
  await log.append([{ topic: TOPICS.modelBundles, partition: 0, key: null, value, timestamp: 0 }])
}

function recordOf({ codecs }: World, interaction: Interaction) {
  return {
    topic: TOPICS.interactions,
    partition: partitionOf(interaction.userId, PARTITIONS),
    key: Buffer.from(interaction.userId),
    value: codecs.interaction.encode(interaction),
    timestamp: interaction.eventTime,
  }
}

async function produce(world: World, events: readonly Interaction[]): Promise<void> {
  for (let from = 0; from < events.length; from += 4096) {
    await world.log.append(events.slice(from, from + 4096).map((interaction) => recordOf(world, interaction)))
  }
}

async function untilTracked({ log }: World): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const end = await log.endOffset(TOPICS.interactions, partition)
    // The last record is followed by the mark of its transaction.
    while (((await log.committed(TRACKER_GROUP, TOPICS.interactions, partition)) ?? 0) < end - 1) await setTimeout(20)
  }
}

/** Events at a steady rate; the time until a reader of committed records sees the state that an event changed. */
async function measureLatency(eventsPerSecond: number): Promise<void> {
  const config = configOf('exactly-once', 'latency')
  await createTopics(config)
  const producer = await open(config)
  await publishBundle(producer, config)
  const world = await open(config)
  const group = await join(world, config)
  const reader = await open(config)
  const everyMs = 20
  const perTick = Math.max(1, Math.round((eventsPerSecond * everyMs) / 1000))
  const events = nextEvents(createWorld({ seed: 2, userCount: 20_000 }), Math.round(eventsPerSecond * LATENCY_SECONDS))
  const sentMs = new Map<string, number>()
  const delays: number[] = []
  const stop = new AbortController()
  const countedFromMs = performance.now() + WARM_UP_SECONDS * 1000
  const following = Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => {
      for (let offset = 0; !stop.signal.aborted;) {
        const changed = reader.log.changed()
        const slice = await reader.log.read(TOPICS.userStates, partition, offset, 10_000)
        if (slice.nextOffset === offset) {
          await Promise.race([changed, setTimeout(50)])
          continue
        }
        offset = slice.nextOffset
        const nowMs = performance.now()
        for (const { value } of slice.records) {
          const { source } = reader.codecs.userState.decodeOwn(value!)
          const event = `${source.partition}@${source.offset}`
          const sent = sentMs.get(event)
          // A timer publishes the state again, with the event that last changed it.
          sentMs.delete(event)
          if (sent !== undefined && sent > countedFromMs) delays.push(nowMs - sent)
        }
      }
    }),
  )
  for (let from = 0; from < events.length; from += perTick) {
    const tickMs = performance.now()
    const records = events.slice(from, from + perTick).map((interaction) => recordOf(producer, interaction))
    const offsets = await producer.log.append(records)
    records.forEach(({ partition }, i) => sentMs.set(`${partition}@${offsets[i]}`, tickMs))
    await setTimeout(Math.max(0, everyMs - (performance.now() - tickMs)))
  }
  await untilTracked(producer)
  await setTimeout(1000)
  stop.abort()
  await following
  delays.sort((left, right) => left - right)
  const at = (share: number) => `${Math.round(delays[Math.floor((delays.length - 1) * share)])} ms`
  check(delays.length > events.length / 100, `${delays.length} states seen`)
  report(`event to published state at ${Math.round(eventsPerSecond)}/s asked for`, `p50 ${at(0.5)}, p99 ${at(0.99)}`)
  await group.leave()
  for (const opened of [world, reader, producer]) await opened.close()
}
