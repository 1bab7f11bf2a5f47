/**
 * A tracker whose stores are lost: the time until every partition is rebuilt from its changelog in Kafka, the broker
 * beside it. Checks that the rebuilt state counts every user and event.
 *
 *     node --max-semi-space-size=128 --import tsx bench/kafka-rebuild.ts [users]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { cachedUsersPerPartition, trackerSettingsOf } from '../src/app/config/compile-config.ts'
import { TRACKER_GROUP } from '../src/app/pipeline.ts'
import { TOPICS } from '../src/app/topics.ts'
import { TrackerGroup } from '../src/app/tracker/tracker-group.ts'
import { openWorld } from '../src/app/wire.ts'
import type { EventId, UserId } from '../src/core/contracts/ids.ts'
import type { Interaction } from '../src/core/contracts/interaction.ts'
import { nextEvents } from '../src/core/simulator/next-events.ts'
import { createWorld } from '../src/core/simulator/world.ts'
import { benchBundle } from './support/bench-bundle.ts'
import { KafkaFleet } from './support/kafka-fleet.ts'
import { check, perSecond, printMachine, report } from './support/report.ts'

const USERS = Number(process.argv[2] ?? 100_000)
const PARTITIONS = 8
/** Of the simulated users, each of whom stands for many, the first events count. */
const SIMULATED_USERS = 20_000
const SIMULATED_EVENTS = 400_000
const EVENTS_PER_USER = 1
const TRACKED_WITHIN_MS = 1_200_000

printMachine()
const fleet = await KafkaFleet.start({ partitions: PARTITIONS })
const dataDir = await mkdtemp(path.join(tmpdir(), 'stan-bench-'))
try {
  const { config, world: producer } = fleet
  const settings = trackerSettingsOf(config)
  const bundle = producer.codecs.modelBundle.encode(benchBundle(settings))
  await producer.log.append([{ topic: TOPICS.modelBundles, partition: 0, key: null, value: bundle, timestamp: 0 }])

  const counts = new Map<string, number>()
  const events = nextEvents(createWorld({ seed: 1, userCount: SIMULATED_USERS }), SIMULATED_EVENTS).filter(
    ({ userId }) => {
      const count = (counts.get(userId) ?? 0) + 1
      counts.set(userId, count)
      return count <= EVENTS_PER_USER
    },
  )
  const seen = counts.size
  const copies = Math.ceil(USERS / seen)
  const spanMs = events.at(-1)!.eventTime - events[0].eventTime + 1
  const started = performance.now()
  const tracker = fleet.run('tracker', 'tracker')
  for (let copy = 0; copy < copies; copy++)
    await fleet.produce(events.map((event) => copyOf(event, copy, copy * spanMs)))
  await fleet.untilTracked(TRACKED_WITHIN_MS)
  const trackedMs = performance.now() - started
  await tracker.stop()
  report(
    `${copies * seen} users, tracked`,
    `${copies * events.length} events, ${perSecond(copies * events.length, trackedMs)}`,
  )

  const world = await openWorld({ ...config, dataDir }, '0')
  let records = 0
  for (let partition = 0; partition < PARTITIONS; partition++) {
    records += await world.log.endOffset(TOPICS.changelog, partition)
  }
  const joined = performance.now()
  const quiet = { debug: () => {}, info: () => {}, warn: console.warn, error: console.error }
  const { sliceSize, commitIntervalMs } = config.tracker
  const cachedUsers = cachedUsersPerPartition(config)
  const ran = { sliceSize, commitIntervalMs, cachedUsers, standby: false }
  const options = { settings, group: TRACKER_GROUP, partitions: PARTITIONS, ...ran }
  const group = await TrackerGroup.join(world, options, quiet)
  const isRestored = () => [...group.runs().values()].filter((run) => run.tracker).length === PARTITIONS
  while (!isRestored()) await setTimeout(10)
  const elapsed = performance.now() - joined
  const { users, events: counted } = group.counters()
  check(users === copies * seen && counted === copies * events.length, `${users} users, ${counted} events rebuilt`)
  report('rebuild of all partitions', `${(elapsed / 1000).toFixed(1)} s`)
  report('changelog', `${records} records, ${perSecond(records, elapsed)}`)
  report('memory of the process', `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB at most`)
  await group.leave()
  await world.close()
} finally {
  await fleet.stop()
  await rm(dataDir, { recursive: true, force: true })
}

/** The same of other users, later. */
function copyOf(event: Interaction, copy: number, laterMs: number): Interaction {
  const { eventId, userId, impressionId } = event
  return {
    ...event,
    eventTime: event.eventTime + laterMs,
    eventId: `${eventId}-${copy}` as EventId,
    userId: `${userId}-${copy}` as UserId,
    ...(impressionId !== undefined && { impressionId: `${impressionId}-${copy}` as EventId }),
  }
}
