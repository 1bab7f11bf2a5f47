import type { EventId } from '../contracts/ids.ts'
import { EVENT_TYPES, type FeatureMap, type Interaction } from '../contracts/interaction.ts'
import { popPending, SESSION_START, type PendingEvent } from './pending-queue.ts'
import { drawUserFeatures } from './person.ts'
import { planDay } from './plan-day.ts'
import { playSession } from './play-session.ts'
import { TABS } from './response-model.ts'
import { DAY_MS, userIdOf, type World } from './world.ts'

const HOUR_MS = 3_600_000

/** Frozen context per hour (UTC) and tab. */
const CONTEXTS: readonly FeatureMap[] = Array.from({ length: 24 * TABS.length }, (_, i) =>
  Object.freeze({ hour: String(Math.floor(i / TABS.length)), tab: TABS[i % TABS.length] }),
)

/**
 * The next `count` interactions of all users in order of event time; mutates the world, which never ends. Impressions
 * carry user and item features, outcomes the id of their impression. Throws RangeError for a negative count.
 */
export function nextEvents(world: World, count: number): Interaction[] {
  if (!(Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`Cannot take ${count} events: the count must be an integer from 0 on`)
  }
  const events: Interaction[] = []
  while (events.length < count) {
    const first = nextPending(world)
    if (first.type === SESSION_START) playSession(world, first)
    else events.push(interactionOf(world, first))
  }
  return events
}

/** Days are planned before the first event at or after their midnight. */
function nextPending(world: World): PendingEvent {
  const { settings, pending } = world
  while (pending.length === 0 || pending[0].timeMs >= settings.startTimeMs + world.plannedDays * DAY_MS) planDay(world)
  return popPending(pending)
}

function eventIdOf(userId: string, number: number): EventId {
  return `${userId}-${number}` as EventId
}

function interactionOf(world: World, event: PendingEvent): Interaction {
  const { catalogue, settings } = world
  const userId = userIdOf(event.user)
  const eventId = eventIdOf(userId, event.number)
  const itemId = catalogue.ids[event.item]
  const context = CONTEXTS[(Math.floor(event.timeMs / HOUR_MS) % 24) * TABS.length + event.tab]
  const type = EVENT_TYPES[event.type]
  if (event.impression < 0) {
    const userFeatures = drawUserFeatures(settings.seed, event.user)
    const itemFeatures = catalogue.features[event.item]
    return { eventId, userId, itemId, type, eventTime: event.timeMs, context, userFeatures, itemFeatures }
  }
  const impressionId = eventIdOf(userId, event.impression)
  return { eventId, userId, itemId, type, eventTime: event.timeMs, impressionId, value: event.value, context }
}
