/**
 * How many events per second does the simulator make on one core? It is to outrun the tracker it feeds, so that a
 * benchmark of the pipeline measures the pipeline.
 *
 *     node --import tsx bench/simulator.ts
 */
import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { nextEvents } from '../src/core/simulator/next-events.ts'
import { createWorld, DAY_MS, type World } from '../src/core/simulator/world.ts'

const BATCH = 1000
const WARM_UP_BATCHES = 200
const TIMED_BATCHES = 1000
const ROUNDS = 3
const LOWEST_EVENTS_PER_DAY = 20_000
const HIGHEST_EVENTS_PER_DAY = 60_000

/** Events of the first day, and a digest of all their fields. */
function firstDay(): { count: number; digest: string } {
  const world = createWorld()
  const end = world.settings.startTimeMs + DAY_MS
  const hash = createHash('sha256')
  for (let count = 0; ; count++) {
    const [event] = nextEvents(world, 1)
    if (event.eventTime >= end) return { count, digest: hash.digest('hex').slice(0, 16) }
    hash.update(JSON.stringify(event))
  }
}

function check(): void {
  const { count, digest } = firstDay()
  if (firstDay().digest !== digest) throw new Error('two worlds of one seed differ')
  if (count < LOWEST_EVENTS_PER_DAY || count > HIGHEST_EVENTS_PER_DAY) throw new Error(`a day has ${count} events`)
  console.log(`a day of 2,000 users: ${count.toLocaleString('en')} events, digest ${digest}`)
}

function eventsPerSecond(world: World): number {
  let events = 0
  const startedAt = performance.now()
  for (let batch = 0; batch < TIMED_BATCHES; batch++) events += nextEvents(world, BATCH).length
  return (events * 1000) / (performance.now() - startedAt)
}

console.log(`${cpus()[0].model}, ${cpus().length} cores, node ${process.version}`)
check()
for (const userCount of [2_000, 100_000]) {
  const world = createWorld({ userCount })
  for (let batch = 0; batch < WARM_UP_BATCHES; batch++) nextEvents(world, BATCH)
  const best = Math.max(...Array.from({ length: ROUNDS }, () => eventsPerSecond(world)))
  const rate = Math.round(best).toLocaleString('en')
  console.log(
    `${`${userCount.toLocaleString('en')} users, best of ${ROUNDS}`.padEnd(40)} ${rate.padStart(10)} events/s`,
  )
}
