import type { RandomSource } from '../statistics/random-source.ts'
import { normalVariate } from '../statistics/normal-variate.ts'
import type { ItemCatalogue } from './item-catalogue.ts'
import { TASTE_WIDTH, type Person } from './person.ts'
import type { StageBehaviour } from './stage-behaviour.ts'

const MINUTE_MS = 60_000
const LOWEST_STAY_MS = 500
const HIGHEST_STAY_MS = 20 * MINUTE_MS
const LOG_MEDIAN_ORDER_DELAY = Math.log(10 * MINUTE_MS)
const LOWEST_ORDER_DELAY_MS = MINUTE_MS
const HIGHEST_ORDER_DELAY_MS = 24 * 60 * MINUTE_MS

/** Entry points of the shop, and what each adds to the click logit: intent. */
export const TABS = ['discover', 'follow', 'search'] as const
export const TAB_CLICK_LOGITS = [-0.1, 0.2, 0.4]
/** Each further place of a session or ranking costs so much click logit. */
const PLACE_CLICK_LOGIT = -0.04

/** The circumstances of an impression. */
export interface Circumstances {
  readonly person: Person
  readonly behaviour: StageBehaviour
  /** Index in TABS. */
  readonly tab: number
  /** Place in the session or ranking, from 0. */
  readonly place: number
}

/** taste . item / sqrt(D): mean 0, variance about 1 over users and items. */
export function affinityOf(person: Person, catalogue: ItemCatalogue, item: number): number {
  const { taste } = person
  const { vectors } = catalogue
  let sum = 0
  for (let d = 0; d < TASTE_WIDTH; d++) sum += taste[d] * vectors[item * TASTE_WIDTH + d]
  return sum / Math.sqrt(TASTE_WIDTH)
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}

export function clickProbability(circumstances: Circumstances, affinity: number, quality: number): number {
  const { person, behaviour, tab, place } = circumstances
  const offsets = behaviour.clickLogit + person.clickLogit + TAB_CLICK_LOGITS[tab] + PLACE_CLICK_LOGIT * place
  return sigmoid(offsets + behaviour.tasteWeight * 0.9 * affinity + behaviour.qualityWeight * 0.4 * quality)
}

/** Of an order once the item was clicked. */
export function orderProbability(circumstances: Circumstances, affinity: number, quality: number): number {
  const { person, behaviour } = circumstances
  const pull = behaviour.tasteWeight * 0.7 * affinity + behaviour.qualityWeight * 0.3 * quality
  return sigmoid(behaviour.orderLogit + person.orderLogit + pull)
}

/** Log-normal stay after a click, whole ms in 500 .. 1,200,000. */
export function drawStayMs(circumstances: Circumstances, affinity: number, random: RandomSource): number {
  const { person, behaviour } = circumstances
  const stretch = Math.exp(person.logStay + 0.3 * affinity + 0.8 * normalVariate(random))
  return Math.round(Math.min(HIGHEST_STAY_MS, Math.max(LOWEST_STAY_MS, behaviour.medianStayMs * stretch)))
}

/** Log-normal time from the end of the stay to the order: median 10 minutes, one in six above 30, at most a day. */
export function drawOrderDelayMs(random: RandomSource): number {
  const delay = Math.exp(LOG_MEDIAN_ORDER_DELAY + 1.1 * normalVariate(random))
  return Math.round(Math.min(HIGHEST_ORDER_DELAY_MS, Math.max(LOWEST_ORDER_DELAY_MS, delay)))
}
