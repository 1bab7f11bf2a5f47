/**
 * Three trackers and the ranker on Kafka under a steady load, two of the trackers stopped or killed at random
 * and started again. Prints lag, memory and tensors by the minute, and at the end
 * checks that nothing was lost or counted twice.
 *
 *     node --import tsx bench/kafka-soak.ts [minutes] [events per second] [seed]
 */
import { setTimeout } from 'node:timers/promises'
import { readTopic } from '../src/app/report/read-topic.ts'
import { sumCounters, type TrackerCounters } from '../src/app/tracker/fold-slice.ts'
import { decodeMeta, META_KEY } from '../src/app/tracker/partition-meta.ts'
import { TOPICS } from '../src/app/topics.ts'
import { createSeededRandom } from '../src/core/statistics/seeded-random.ts'
import { type FleetProcess, KafkaFleet } from './support/kafka-fleet.ts'
import { check, printMachine, report } from './support/report.ts'
import { steadyLoad } from './support/steady-load.ts'

const MINUTES = Number(process.argv[2] ?? 15)
const EVENTS_PER_SECOND = Number(process.argv[3] ?? 1500)
const SEED = Number(process.argv[4] ?? 1)
const PARTITIONS = 8
const MIB = 2 ** 20
const TRACKED_WITHIN_MS = 120_000
/** Between one restart and the next, and how long an instance is away, at most. */
const RESTART_EVERY_MS = 30_000
const AWAY_MS = 10_000

printMachine()
const random = createSeededRandom(SEED)
const fleet = await KafkaFleet.start({ partitions: PARTITIONS })
try {
  // These two live through it all: their memory tells.
  const steady = { tracker: fleet.run('tracker-1', 'tracker'), ranker: fleet.run('ranker', 'ranker') }
  const restless = ['tracker-2', 'tracker-3'].map((name) => ({ name, process: fleet.run(name, 'tracker') }))
  const untilMs = performance.now() + MINUTES * 60_000
  const load = steadyLoad(fleet, EVENTS_PER_SECOND, SEED)
  const [restarts] = await Promise.all([restart(restless, untilMs), watch(steady, untilMs)])
  const produced = await load.stop()
  await fleet.untilTracked(TRACKED_WITHIN_MS)

  report('events', `${produced}, ${Math.round(produced / (MINUTES * 60))}/s`)
  report('restarts', String(restarts))
  report('lag at the end', `${await fleet.lag()} records`)
  for (const [name, { status }] of Object.entries(steady)) {
    const rss = status.map(({ rssBytes }) => Math.round((rssBytes ?? 0) / MIB))
    const third = rss.slice(Math.floor(rss.length / 3))
    report(`memory of the ${name}`, `${Math.max(...third)} MiB at most, ${rss.at(-1)} MiB at the end`)
  }
  const tensors = steady.ranker.status.flatMap((line) => line.tensors ?? [])
  // Weights are tensors only between a step and the next bundle: the most there were at once tells.
  const [early, late] = [tensors.slice(0, tensors.length >> 1), tensors.slice(tensors.length >> 1)]
  report('tensors of the ranker', `${Math.max(...early)} at most in the first half, ${Math.max(...late)} in the second`)
  check(Math.max(...late) <= Math.max(...early), `${Math.max(...late)} tensors`)
  await checkOnce(produced)
} finally {
  await fleet.stop()
}

/** Stops or kills one of the processes at random, and starts it again after a while; returns how often. */
async function restart(restless: { name: string; process: FleetProcess }[], untilMs: number): Promise<number> {
  let restarts = 0
  await setTimeout(RESTART_EVERY_MS * random.next())
  while (performance.now() < untilMs) {
    const chosen = restless[random.nextInt(restless.length)]
    await chosen.process.stop(random.nextInt(2) === 0 ? 'SIGKILL' : 'SIGTERM')
    await setTimeout(AWAY_MS * random.next())
    chosen.process = fleet.run(chosen.name, 'tracker')
    restarts++
    await setTimeout(RESTART_EVERY_MS * random.next())
  }
  return restarts
}

async function watch(steady: Readonly<Record<string, FleetProcess>>, untilMs: number): Promise<void> {
  for (let minute = 1; performance.now() < untilMs; minute++) {
    await setTimeout(Math.min(60_000, Math.max(0, untilMs - performance.now())))
    const memory = Object.entries(steady).map(([name, { status }]) => {
      const { rssBytes = 0, tensors } = status.at(-1) ?? {}
      return `${name} ${Math.round(rssBytes / MIB)} MiB${tensors === undefined ? '' : `, ${tensors} tensors`}`
    })
    report(`minute ${minute}`, `lag ${await fleet.lag()} records; ${memory.join('; ')}`)
  }
}

/** Every event once in the counters of the trackers' last states, and every example once in the topic. */
async function checkOnce(events: number): Promise<void> {
  const { log, codecs } = fleet.world
  const ids = new Set<string>()
  let examples = 0
  for await (const { value } of readTopic(log, TOPICS.trainingExamples)) {
    const { exampleId, kind, source } = codecs.trainingExample.decodeOwn(value!)
    examples++
    ids.add(`${exampleId} ${kind} ${source.offset}`)
  }
  check(ids.size === examples, `${examples - ids.size} of ${examples} examples came twice`)
  const { events: tracked, duplicates } = await trackedCounters()
  check(tracked === events && duplicates === 0, `${tracked} events tracked of ${events}, ${duplicates} of them twice`)
  report('checked', `${events} events counted once, ${examples} examples, none twice`)
}

/** As the last commit of each partition left them. */
async function trackedCounters(): Promise<TrackerCounters> {
  const latest = new Map<number, TrackerCounters>()
  for await (const { partition, key, value } of readTopic(fleet.world.log, TOPICS.changelog)) {
    if (key && Buffer.compare(key, META_KEY) === 0) latest.set(partition, decodeMeta(value!).clock.counters)
  }
  return sumCounters([...latest.values()])
}
