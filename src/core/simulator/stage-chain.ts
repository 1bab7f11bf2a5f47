import { KeyedRandom } from '../statistics/keyed-random.ts'
import { DRAW_PURPOSE } from './draw-purpose.ts'
import type { WorldSettings } from './world-settings.ts'

/**
 * Probability of a user's stage tomorrow (column) given today's (row), in the order of STAGES. The diagonal is what
 * kuairand-pure shows from day to day; the rest is the reversible chain whose stationary mix is the measured one.
 */
export const STAGE_TRANSITIONS: readonly (readonly number[])[] = [
  [0.93, 0.025, 0.018, 0.027],
  [0.2083, 0.68, 0.07, 0.0417],
  [0.045, 0.021, 0.81, 0.124],
  [0.0563, 0.0104, 0.1033, 0.83],
]

/** Stationary distribution of STAGE_TRANSITIONS, to three digits. */
export const STATIONARY_STAGES: readonly number[] = [0.5, 0.06, 0.2, 0.24]

/** Probability that a present user of a stage is away from the next day on, and that an away user comes back. */
const LEAVE_PROBABILITIES = [0.1, 0.06, 0.03, 0.02]
const RETURN_PROBABILITY = 0.12
const INITIALLY_PRESENT = 0.7

/** The hidden life of a user on one day. */
export interface UserDay {
  /** Index in STAGES. */
  stage: number
  present: boolean
}

const random = new KeyedRandom()

function pick(probabilities: readonly number[], uniform: number): number {
  let rest = uniform
  for (let i = 0; i < probabilities.length - 1; i++) {
    rest -= probabilities[i]
    if (rest < 0) return i
  }
  return probabilities.length - 1
}

/** Day of the world on which a user appears; 0 for those that are there from the start. */
export function arrivalDayOf(settings: WorldSettings, user: number): number {
  if (user < Math.round(settings.initialUserShare * settings.userCount)) return 0
  random.reset(settings.seed, user, DRAW_PURPOSE.arrival, 0)
  return 1 + Math.floor(random.next() * settings.arrivalDays)
}

/** Turns `today` into the user's first day: stationary for users from the start, `new` and present for arrivals. */
export function firstDay(settings: WorldSettings, user: number, arrivalDay: number, today: UserDay): void {
  random.reset(settings.seed, user, DRAW_PURPOSE.arrival, 1)
  today.stage = arrivalDay === 0 ? pick(STATIONARY_STAGES, random.next()) : 0
  today.present = arrivalDay > 0 || random.next() < INITIALLY_PRESENT
}

/**
 * Turns `today` from the day before `day` into `day`. A pure function of (seed, user, day) and the day before. The
 * probability that a present user leaves is multiplied by `leaveFactor`.
 */
export function advanceDay(
  settings: WorldSettings,
  user: number,
  day: number,
  today: UserDay,
  leaveFactor: number = 1,
): void {
  random.reset(settings.seed, user, DRAW_PURPOSE.day, day)
  today.stage = pick(STAGE_TRANSITIONS[today.stage], random.next())
  const uniform = random.next()
  today.present = today.present
    ? uniform >= leaveFactor * LEAVE_PROBABILITIES[today.stage]
    : uniform < RETURN_PROBABILITY
}
