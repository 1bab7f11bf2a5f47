import { KeyedRandom } from '../statistics/keyed-random.ts'
import { DRAW_PURPOSE } from './draw-purpose.ts'
import { behaviourAt } from './inhabitant.ts'
import { popPending } from './pending-queue.ts'
import { planDay } from './plan-day.ts'
import type { World } from './world.ts'

/** A user comes and asks for a ranking. */
export interface Visit {
  /** Index of the user. */
  readonly user: number
  readonly timeMs: number
  /** Places of a ranking that the user will look at, at least 1. */
  readonly places: number
}

const random = new KeyedRandom()

/**
 * The visits of the world's next day in order of time, all users' sessions as the stream has them, each as one request
 * for a ranking of at most `mostPlaces`. Mutates the world, which must not be asked for events too.
 */
export function visitsOfNextDay(world: World, mostPlaces: number, leaveFactorOf?: (user: number) => number): Visit[] {
  planDay(world, leaveFactorOf)
  const visits: Visit[] = []
  while (world.pending.length > 0) {
    const { user, timeMs } = popPending(world.pending)
    random.reset(world.settings.seed, user, DRAW_PURPOSE.visit, timeMs)
    const stop = 1 / behaviourAt(world, world.stages[user], timeMs).impressions
    let places = 1
    while (places < mostPlaces && random.next() >= stop) places++
    visits.push({ user, timeMs, places })
  }
  return visits
}
