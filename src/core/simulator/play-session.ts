import { EVENT_TYPES } from '../contracts/interaction.ts'
import { KeyedRandom } from '../statistics/keyed-random.ts'
import { DRAW_PURPOSE } from './draw-purpose.ts'
import { behaviourAt, personAt } from './inhabitant.ts'
import { pushPending, type PendingEvent } from './pending-queue.ts'
import type { Person } from './person.ts'
import {
  affinityOf,
  clickProbability,
  drawOrderDelayMs,
  drawStayMs,
  orderProbability,
  TABS,
  type Circumstances,
} from './response-model.ts'
import type { World } from './world.ts'

const IMPRESSION = EVENT_TYPES.indexOf('impression')
const CLICK = EVENT_TYPES.indexOf('click')
const STAY = EVENT_TYPES.indexOf('stay')
const ORDER = EVENT_TYPES.indexOf('order')
/** Popularity falls with an item's index: index = I u^2 has density proportional to index^-1/2. */
const POPULARITY_POWER = 2
const CANDIDATES = 3

const random = new KeyedRandom()

function popularItem(itemCount: number): number {
  return Math.floor(itemCount * random.next() ** POPULARITY_POWER)
}

/** What the shop shows: half of the time a popular item, else the one of three that the user likes best. */
function shownItem(world: World, person: Person): number {
  const { catalogue, settings } = world
  let shown = popularItem(settings.itemCount)
  if (random.next() < 0.5) return shown
  let best = affinityOf(person, catalogue, shown)
  for (let candidate = 1; candidate < CANDIDATES; candidate++) {
    const item = popularItem(settings.itemCount)
    const affinity = affinityOf(person, catalogue, item)
    if (affinity > best) {
      best = affinity
      shown = item
    }
  }
  return shown
}

/** Decides a whole session when it starts and puts its interactions into the heap; mutates the world. */
export function playSession(world: World, start: PendingEvent): void {
  const { settings, catalogue, stages, eventCounts, pending } = world
  const { user, item: sessionKey } = start
  const person = personAt(world, user, start.timeMs)
  const behaviour = behaviourAt(world, stages[user], start.timeMs)
  random.reset(settings.seed, user, DRAW_PURPOSE.session, sessionKey)
  const tab = Math.floor(random.next() * TABS.length)
  const stop = 1 / behaviour.impressions
  const push = (type: number, timeMs: number, item: number, impression: number, value: number): number => {
    const number = eventCounts[user]++
    const sequence = world.sequence++
    pushPending(pending, { timeMs, sequence, type, user, item, tab, number, impression, value })
    return number
  }
  let timeMs = start.timeMs
  for (let place = 0; ; place++) {
    const item = shownItem(world, person)
    const affinity = affinityOf(person, catalogue, item)
    const quality = catalogue.qualities[item]
    const circumstances: Circumstances = { person, behaviour, tab, place }
    const impression = push(IMPRESSION, timeMs, item, -1, 0)
    timeMs += 1000 + Math.floor(random.next() * 9000)
    if (random.next() < clickProbability(circumstances, affinity, quality)) {
      push(CLICK, timeMs, item, impression, 1)
      const stayMs = drawStayMs(circumstances, affinity, random)
      timeMs += stayMs
      push(STAY, timeMs, item, impression, stayMs)
      if (random.next() < orderProbability(circumstances, affinity, quality)) {
        push(ORDER, timeMs + drawOrderDelayMs(random), item, impression, 1)
      }
    }
    if (random.next() < stop) return
    timeMs += 500 + Math.floor(random.next() * 2500)
  }
}
