import type { UserId } from '../contracts/ids.ts'
import { arrivalDayOf } from './stage-chain.ts'
import { drawItems, type ItemCatalogue } from './item-catalogue.ts'
import type { PendingEvent } from './pending-queue.ts'
import { drawChangedCentres, drawSegmentCentres } from './person.ts'
import { completeSettings, type WorldSettings } from './world-settings.ts'

/**
 * A simulated shop, so that stages, posteriors, transitions and rankers can be checked against a known truth.
 *
 * What it assumes:
 * - A user has one of four hidden stages, moved once a day by one Markov chain for all (stage-chain.ts). Stages move by
 *   themselves: neither what is shown nor what is clicked has an influence on them.
 * - A present user may leave for days or weeks and come back; in some stages more easily than in others. The hidden
 *   stage moves on meanwhile.
 * - Sessions are Poisson per day with a daily rhythm, impressions per session geometric; sessions of a user may overlap.
 * - What is shown is half popularity, half a crude recommender: the best of three popular items by the true taste.
 * - Click, stay and order depend on the stage, on taste times item, on the item's quality, on lasting differences
 *   between users, and on tab and place (response-model.ts). Given those they are independent of each other and of all
 *   that was before: no fatigue, no learning, no trends, no items that come and go.
 *   A stage shifts the level of clicks and orders for all items alike, so that the best order of items for a user does not
 *   depend on it (setting `appeal: level`); or it also decides what appeals: quality to `new` users, their own taste the
 *   more the later the stage (`by-stage`).
 * - Clicks follow 1 to 10 seconds after the impression, the stay is known when it ends, orders come minutes to hours
 *   later, one in six more than half an hour after the stay.
 *
 * - The world stays as it is, or changes once (settings `change`, `changeDay`): from that midnight on all tastes are drawn
 *   anew, or the stages behave in reverse order (`new` as `loyal` did, `wander` as `stick` did). Features and stages stay.
 *
 * In a simulated A/B test (`visitsOfNextDay`, `respond`) a ranker decides what is shown:
 * - A visitor looks at a number of places that does not depend on what is shown there, and answers each place.
 * - Where the test says so, satisfaction changes retention: a user whose visits brought more clicks than an average shop
 *   would is less likely to leave, one whose visits brought fewer more likely (satisfaction.ts). It depends on what this
 *   user experienced, and on nothing else; stages move by themselves there too.
 *
 * Every draw is keyed by (seed, user, purpose, counter), so a user's life does not depend on who else there is or on
 * how many events are asked for at a time.
 */
export interface World {
  readonly settings: WorldSettings
  readonly catalogue: ItemCatalogue
  /** (4, D). */
  readonly segmentCentres: Float64Array
  /** The same after a change of tastes. */
  readonly changedCentres: Float64Array
  /** (U); days on which users arrive. */
  readonly arrivalDays: Int32Array
  /** (U); hidden stage on the last planned day. */
  readonly stages: Uint8Array
  /** (U); 1 when present on the last planned day. */
  readonly presences: Uint8Array
  /** (U); events numbered so far. */
  readonly eventCounts: Uint32Array
  /** Binary heap of what is decided and has not happened. */
  readonly pending: PendingEvent[]
  /** Pending events ever made. */
  sequence: number
  /** Days whose sessions are in the heap or over. */
  plannedDays: number
}

export const DAY_MS = 86_400_000

/** A world before its first event. Throws RangeError for settings that no world can have. */
export function createWorld(settings: Partial<WorldSettings> = {}): World {
  const complete = completeSettings(settings)
  const { seed, userCount, itemCount } = complete
  return {
    settings: complete,
    catalogue: drawItems(seed, itemCount),
    segmentCentres: drawSegmentCentres(seed),
    changedCentres: drawChangedCentres(seed),
    arrivalDays: new Int32Array(userCount).map((_, user) => arrivalDayOf(complete, user)),
    stages: new Uint8Array(userCount),
    presences: new Uint8Array(userCount),
    eventCounts: new Uint32Array(userCount),
    pending: [],
    sequence: 0,
    plannedDays: 0,
  }
}

/** Id of the user with an index. */
export function userIdOf(user: number): UserId {
  return `u${String(user).padStart(6, '0')}` as UserId
}

/** Index of a user id. Throws RangeError when the world does not have it. */
export function userIndexOf(world: World, userId: string): number {
  const user = Number(userId.slice(1))
  if (!(user < world.settings.userCount && userIdOf(user) === userId)) {
    throw new RangeError(`Cannot find user ${userId}: the world does not have it`)
  }
  return user
}
