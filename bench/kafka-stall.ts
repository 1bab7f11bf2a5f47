/**
 * Three trackers on Kafka, one of which is restarted in plan (SIGTERM, then started again) under a steady load: how long
 * does a partition publish nothing? By the broker's own times of the user states. Checks that every event was tracked once.
 *
 *     node --import tsx bench/kafka-stall.ts [events per second] [restarts]
 */
import { setTimeout } from 'node:timers/promises'
import { readTopic } from '../src/app/report/read-topic.ts'
import { TOPICS } from '../src/app/topics.ts'
import { KafkaFleet } from './support/kafka-fleet.ts'
import { check, printMachine, report } from './support/report.ts'
import { steadyLoad } from './support/steady-load.ts'

const EVENTS_PER_SECOND = Number(process.argv[2] ?? 2000)
const RESTARTS = Number(process.argv[3] ?? 4)
const PARTITIONS = 8
const STEADY_SECONDS = 15
/** The processes start, and catch up. */
const WARM_UP_SECONDS = 20
const TRACKED_WITHIN_MS = 60_000

printMachine()
const fleet = await KafkaFleet.start({ partitions: PARTITIONS })
try {
  const trackers = [0, 1, 2].map((i) => fleet.run(`tracker-${i}`, 'tracker', '--set', 'tracker.standby=true'))
  const load = steadyLoad(fleet, EVENTS_PER_SECOND, 1)
  await setTimeout((WARM_UP_SECONDS + STEADY_SECONDS) * 1000)
  const restarts: { fromMs: number; toMs: number }[] = []
  for (let restart = 0; restart < RESTARTS; restart++) {
    const index = restart % trackers.length
    const fromMs = Date.now()
    await trackers[index].stop()
    trackers[index] = fleet.run(`tracker-${index}`, 'tracker', '--set', 'tracker.standby=true')
    await setTimeout(STEADY_SECONDS * 1000)
    restarts.push({ fromMs, toMs: Date.now() })
  }
  const produced = await load.stop()
  await fleet.untilTracked(TRACKED_WITHIN_MS)
  const published = Array.from({ length: PARTITIONS }, (): number[] => [])
  let examples = 0
  for await (const { partition, timestamp } of readTopic(fleet.world.log, TOPICS.userStates)) {
    published[partition].push(timestamp)
  }
  for await (const _ of readTopic(fleet.world.log, TOPICS.trainingExamples)) examples++
  check(examples > produced / 10, `${examples} examples of ${produced} events`)
  report(
    'load',
    `${Math.round(produced / (WARM_UP_SECONDS + (RESTARTS + 1) * STEADY_SECONDS))} events/s asked for ${EVENTS_PER_SECOND}`,
  )
  report(
    'longest without a published state, no restart',
    gapOf(published, { fromMs: restarts[0].fromMs - STEADY_SECONDS * 1000, toMs: restarts[0].fromMs }),
  )
  for (const [i, span] of restarts.entries()) {
    report(`restart of instance ${(i % trackers.length) + 1} of 3`, gapOf(published, span))
  }
} finally {
  await fleet.stop()
}

/** The longest pause of the worst partition, and of the median one, within a span of time. */
function gapOf(published: readonly (readonly number[])[], { fromMs, toMs }: { fromMs: number; toMs: number }): string {
  const gaps = published.map((times) => {
    const within = times.filter((time) => time >= fromMs && time <= toMs)
    // The second state and those after it: the start of the processes is no pause of theirs.
    return Math.max(...within.slice(1).map((time, i) => time - within[i]))
  })
  gaps.sort((left, right) => left - right)
  return `worst partition ${gaps.at(-1)} ms, median ${gaps[gaps.length >> 1]} ms`
}
