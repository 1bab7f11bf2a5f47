import { KeyedRandom } from '../statistics/keyed-random.ts'
import { DRAW_PURPOSE } from './draw-purpose.ts'
import { behaviourAt } from './inhabitant.ts'
import { pushPending, SESSION_START } from './pending-queue.ts'
import { advanceDay, firstDay, type UserDay } from './stage-chain.ts'
import { DAY_MS, type World } from './world.ts'

const HOUR_MS = 3_600_000
/** Sessions by hour of the day: quiet at night, a small peak at noon, a large one in the evening. */
const HOUR_WEIGHTS = [3, 2, 1, 1, 1, 1, 2, 4, 6, 6, 6, 7, 9, 8, 6, 6, 6, 7, 9, 12, 14, 13, 10, 6]
/** Cumulative shares of HOUR_WEIGHTS. */
const HOURS = cumulativeShares(HOUR_WEIGHTS)
/** Sessions of one user and day that get a key of their own. */
const MOST_SESSIONS = 256

const random = new KeyedRandom()

function cumulativeShares(weights: readonly number[]): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  return Float64Array.from(weights, (weight) => (sum += weight / total))
}

/** Poisson variate by multiplying uniforms (Knuth); for small means. */
function poisson(mean: number): number {
  const limit = Math.exp(-mean)
  let product = random.next()
  let count = 0
  while (product > limit && count < MOST_SESSIONS - 1) {
    product *= random.next()
    count++
  }
  return count
}

/** Offset in the day, whole ms. */
function timeOfDay(): number {
  const uniform = random.next()
  let hour = 0
  while (hour < 23 && uniform >= HOURS[hour]) hour++
  return hour * HOUR_MS + Math.floor(random.next() * HOUR_MS)
}

/**
 * Moves every user to the next day and puts the starts of that day's sessions into the heap; mutates the world.
 * `leaveFactorOf` multiplies a user's probability to leave.
 */
export function planDay(world: World, leaveFactorOf?: (user: number) => number): void {
  const { settings, arrivalDays, stages, presences, pending } = world
  const day = world.plannedDays++
  const midnight = settings.startTimeMs + day * DAY_MS
  const today: UserDay = { stage: 0, present: false }
  for (let user = 0; user < settings.userCount; user++) {
    if (arrivalDays[user] > day) continue
    today.stage = stages[user]
    today.present = presences[user] === 1
    if (arrivalDays[user] === day) firstDay(settings, user, day, today)
    else advanceDay(settings, user, day, today, leaveFactorOf?.(user))
    stages[user] = today.stage
    presences[user] = today.present ? 1 : 0
    if (!today.present) continue
    random.reset(settings.seed, user, DRAW_PURPOSE.session, day * MOST_SESSIONS)
    const sessionCount = poisson(settings.meanSessionsPerDay * behaviourAt(world, today.stage, midnight).sessionRate)
    for (let session = 1; session <= sessionCount; session++) {
      pushPending(pending, {
        timeMs: midnight + timeOfDay(),
        sequence: world.sequence++,
        type: SESSION_START,
        user,
        item: day * MOST_SESSIONS + session,
        tab: 0,
        number: 0,
        impression: -1,
        value: 0,
      })
    }
  }
}
