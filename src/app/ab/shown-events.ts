import type { EventId, ItemId, UserId } from '../../core/contracts/ids.ts'
import type { EventType, FeatureMap, Interaction } from '../../core/contracts/interaction.ts'
import type { RankedOutcome } from '../../core/simulator/respond.ts'

/** What one visit showed, and to whom. */
export interface ShownVisit {
  readonly userId: UserId
  readonly userFeatures: FeatureMap
  readonly timeMs: number
  /** Number of the user's events before. */
  readonly firstNumber: number
  readonly outcomes: readonly RankedOutcome[]
  readonly itemFeaturesOf: (itemId: ItemId) => FeatureMap
  /** By place. */
  readonly contextOf: (place: number) => FeatureMap
}

/** Time that a user looks at an item, and from the end of one to the next, ms. */
const LOOK_MS = 4000
const STEP_MS = 1500

/** The interactions of a visit, one item after the other; clicks, stays and orders at their own times. */
export function shownEvents(visit: ShownVisit): Interaction[] {
  const { userId, userFeatures, outcomes, itemFeaturesOf, contextOf } = visit
  const events: Interaction[] = []
  let number = visit.firstNumber
  let timeMs = visit.timeMs
  outcomes.forEach(({ itemId, clicked, stayMs, ordered, orderDelayMs }, place) => {
    const context = contextOf(place)
    const impressionId = `${userId}-${number++}` as EventId
    const itemFeatures = itemFeaturesOf(itemId)
    const shared = { userId, itemId, context }
    events.push({ ...shared, eventId: impressionId, type: 'impression', eventTime: timeMs, userFeatures, itemFeatures })
    const outcome = (type: EventType, eventTime: number, value: number): void => {
      events.push({ ...shared, eventId: `${userId}-${number++}` as EventId, type, eventTime, impressionId, value })
    }
    timeMs += LOOK_MS
    if (clicked) {
      outcome('click', timeMs, 1)
      timeMs += stayMs
      outcome('stay', timeMs, stayMs)
      if (ordered) outcome('order', timeMs + orderDelayMs, 1)
    }
    timeMs += STEP_MS
  })
  return events
}
