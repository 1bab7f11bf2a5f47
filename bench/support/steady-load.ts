import { setTimeout } from 'node:timers/promises'
import { nextEvents } from '../../src/core/simulator/next-events.ts'
import { createWorld } from '../../src/core/simulator/world.ts'
import type { KafkaFleet } from './kafka-fleet.ts'

const TICK_MS = 100
const USERS = 20_000

/** Simulated events appended at a steady rate until stopped; `stop` returns how many there were. */
export function steadyLoad(fleet: KafkaFleet, eventsPerSecond: number, seed: number): { stop: () => Promise<number> } {
  const stopping = new AbortController()
  const world = createWorld({ seed, userCount: USERS })
  const run = async (): Promise<number> => {
    let produced = 0
    while (!stopping.signal.aborted) {
      const tickMs = performance.now()
      const events = nextEvents(world, (eventsPerSecond * TICK_MS) / 1000)
      await fleet.produce(events)
      produced += events.length
      await setTimeout(Math.max(0, TICK_MS - (performance.now() - tickMs)))
    }
    return produced
  }
  const running = run()
  running.catch(() => {})
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}
