import { closest } from 'fastest-levenshtein'
import type { Interaction } from '../../core/contracts/interaction.ts'
import type { Stage } from '../../core/contracts/stage.ts'
import { nextEvents } from '../../core/simulator/next-events.ts'
import { trueStageOf } from '../../core/simulator/true-stage-of.ts'
import { createWorld, DAY_MS, type World } from '../../core/simulator/world.ts'
import type { DatasetBatch } from '../../io/datasets/dataset-batch.ts'

export interface SimulatedData {
  readonly users: number
  readonly items: number
  readonly days: number
  readonly seed: number
}

const DEFAULTS: SimulatedData = { users: 2000, items: 500, days: 14, seed: 1 }
const EVENTS_PER_BATCH = 4096

/** Of a text such as `users=2000,days=14,seed=1`. Throws RangeError. */
export function parseSimulated(text: string): SimulatedData {
  const data = { ...DEFAULTS }
  for (const pair of text.split(',')) {
    const [key, value = ''] = pair.split('=').map((part) => part.trim())
    if (!(key in data)) {
      const nearest = closest(key, Object.keys(data))
      throw new RangeError(
        `Cannot evaluate on simulated:${text}: there is no ${key || 'nothing'}; the nearest is ${nearest}`,
      )
    }
    if (!/^\d{1,9}$/.test(value) || (Number(value) === 0 && key !== 'seed')) {
      throw new RangeError(
        `Cannot evaluate on simulated:${text}: ${key} takes a whole number from ${key === 'seed' ? 0 : 1} on`,
      )
    }
    data[key as keyof SimulatedData] = Number(value)
  }
  return data
}

/** Events of so many days of a simulated shop, as they come in. */
export async function* readSimulated(data: SimulatedData): AsyncGenerator<DatasetBatch, void, undefined> {
  const world = worldOf(data)
  const { startTimeMs } = world.settings
  const endMs = startTimeMs + data.days * DAY_MS
  for (let isOver = false; !isOver;) {
    const events = nextEvents(world, EVENTS_PER_BATCH)
    const inTime = events.filter(({ eventTime }) => eventTime < endMs)
    isOver = inTime.length < events.length
    const reached = events.at(-1)!.eventTime
    yield {
      rows: inTime.map(rowOf),
      bytesRead: Math.min(reached, endMs) - startTimeMs,
      totalBytes: endMs - startTimeMs,
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The hidden stage of a user at a time. */
export function simulatedTruth(data: SimulatedData): (userId: string, timeMs: number) => Stage {
  let world: World | null = null
  return (userId, timeMs) => trueStageOf((world ??= worldOf(data)), userId, timeMs)
}

function worldOf({ users, items, seed }: SimulatedData): World {
  return createWorld({ userCount: users, itemCount: items, seed })
}

function rowOf(interaction: Interaction) {
  return { kind: 'interaction' as const, interaction }
}
