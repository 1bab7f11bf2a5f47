import type { ItemId } from '../contracts/ids.ts'
import { KeyedRandom } from '../statistics/keyed-random.ts'
import { DRAW_PURPOSE } from './draw-purpose.ts'
import { behaviourAt, personAt } from './inhabitant.ts'
import { itemIndexOf } from './item-catalogue.ts'
import {
  affinityOf,
  clickProbability,
  drawOrderDelayMs,
  drawStayMs,
  orderProbability,
  TABS,
  type Circumstances,
} from './response-model.ts'
import { stageAt } from './true-stage-of.ts'
import { userIndexOf, type World } from './world.ts'

/** What a user did with one item of a ranking. */
export interface RankedOutcome {
  readonly itemId: ItemId
  /** True probability of the click, and of an order given a click. */
  readonly clickProbability: number
  readonly orderProbability: number
  readonly clicked: boolean
  /** 0 without a click. */
  readonly stayMs: number
  readonly ordered: boolean
  /** From the end of the stay; 0 without an order. */
  readonly orderDelayMs: number
}

const random = new KeyedRandom()

/**
 * Answers a ranking as the stream's own users do, place by place. The luck is keyed by (user, item, time): asked again,
 * the user answers the same, and two rankings shown at the same time differ in their outcomes only through what they
 * show and where, which makes an A/B test sharp. Does not change the world. Throws RangeError for ids it does not have.
 */
export function respond(
  world: World,
  userId: string,
  rankedItemIds: readonly string[],
  timeMs: number,
): RankedOutcome[] {
  const { settings, catalogue } = world
  const user = userIndexOf(world, userId)
  const person = personAt(world, user, timeMs)
  const behaviour = behaviourAt(world, stageAt(world, user, timeMs), timeMs)
  const tab = TABS.indexOf('discover')
  return rankedItemIds.map((itemId, place) => {
    const item = itemIndexOf(catalogue, itemId)
    random.reset(settings.seed, user, DRAW_PURPOSE.response + item, timeMs)
    const circumstances: Circumstances = { person, behaviour, tab, place }
    const affinity = affinityOf(person, catalogue, item)
    const click = clickProbability(circumstances, affinity, catalogue.qualities[item])
    const order = orderProbability(circumstances, affinity, catalogue.qualities[item])
    const clicked = random.next() < click
    const ordered = random.next() < order && clicked
    return {
      itemId: catalogue.ids[item],
      clickProbability: click,
      orderProbability: order,
      clicked,
      stayMs: clicked ? drawStayMs(circumstances, affinity, random) : 0,
      ordered,
      orderDelayMs: ordered ? drawOrderDelayMs(random) : 0,
    }
  })
}
