import { TAB_CLICK_LOGITS, TABS } from './response-model.ts'
import type { Person } from './person.ts'
import type { StageBehaviour } from './stage-behaviour.ts'

/** Weight of the latest visit in a user's satisfaction. */
const NEWEST_SHARE = 0.2
const LEAVE_SLOPE = 4
const LOWEST_FACTOR = 0.25
const HIGHEST_FACTOR = 4

/** Clicks of one visit. */
export interface VisitExperience {
  readonly clicked: number
  readonly shown: number
}

/**
 * A user's satisfaction after a visit, from that before it: the moving mean of clicks per item shown, less what items of
 * average taste and quality would bring this user in this stage. 0 for a user without visits.
 */
export function satisfactionAfter(
  before: number,
  { clicked, shown }: VisitExperience,
  person: Person,
  behaviour: StageBehaviour,
): number {
  const logit = behaviour.clickLogit + person.clickLogit + TAB_CLICK_LOGITS[TABS.indexOf('discover')]
  const surprise = clicked / shown - 1 / (1 + Math.exp(-logit))
  return before + NEWEST_SHARE * (surprise - before)
}

/** What the probability to leave is multiplied by: e^(-4 satisfaction), in 1/4 .. 4. */
export function leaveFactor(satisfaction: number): number {
  return Math.min(HIGHEST_FACTOR, Math.max(LOWEST_FACTOR, Math.exp(-LEAVE_SLOPE * satisfaction)))
}
