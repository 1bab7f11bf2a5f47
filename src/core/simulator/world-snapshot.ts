import type { PendingEvent } from './pending-queue.ts'
import type { WorldSettings } from './world-settings.ts'
import { createWorld, type World } from './world.ts'

export const WORLD_SNAPSHOT_VERSION = 1

/** A world between two events, fit for JSON. What follows from the settings alone is not in it. */
export interface WorldSnapshot {
  readonly version: number
  readonly settings: WorldSettings
  readonly sequence: number
  readonly plannedDays: number
  /** (U) each, as in World. */
  readonly stages: readonly number[]
  readonly presences: readonly number[]
  readonly eventCounts: readonly number[]
  /** The heap as it lies, each event as the values of PENDING_FIELDS. */
  readonly pending: readonly (readonly number[])[]
}

const PENDING_FIELDS = [
  'timeMs',
  'sequence',
  'type',
  'user',
  'item',
  'tab',
  'number',
  'impression',
  'value',
] as const satisfies readonly (keyof PendingEvent)[]

export function exportWorld(world: World): WorldSnapshot {
  return {
    version: WORLD_SNAPSHOT_VERSION,
    settings: world.settings,
    sequence: world.sequence,
    plannedDays: world.plannedDays,
    stages: Array.from(world.stages),
    presences: Array.from(world.presences),
    eventCounts: Array.from(world.eventCounts),
    pending: world.pending.map((event) => PENDING_FIELDS.map((field) => event[field])),
  }
}

/** A world that goes on with the very stream of the exported one. Throws RangeError for another version or shape. */
export function importWorld(snapshot: WorldSnapshot): World {
  if (snapshot.version !== WORLD_SNAPSHOT_VERSION) {
    throw new RangeError(`Cannot import a world of version ${snapshot.version}: this is ${WORLD_SNAPSHOT_VERSION}`)
  }
  const world = createWorld(snapshot.settings)
  const { stages, presences, eventCounts } = snapshot
  if ([stages, presences, eventCounts].some(({ length }) => length !== world.settings.userCount)) {
    throw new RangeError(`Cannot import a world: its columns do not have ${world.settings.userCount} users`)
  }
  world.stages.set(stages)
  world.presences.set(presences)
  world.eventCounts.set(eventCounts)
  world.sequence = snapshot.sequence
  world.plannedDays = snapshot.plannedDays
  for (const [timeMs, sequence, type, user, item, tab, number, impression, value] of snapshot.pending) {
    world.pending.push({ timeMs, sequence, type, user, item, tab, number, impression, value })
  }
  return world
}
