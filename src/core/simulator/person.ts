import type { FeatureMap } from '../contracts/interaction.ts'
import { KeyedRandom } from '../statistics/keyed-random.ts'
import { normalVariate } from '../statistics/normal-variate.ts'
import { DRAW_PURPOSE } from './draw-purpose.ts'

/** Width of taste and item vectors. */
export const TASTE_WIDTH = 8

const SEGMENTS = ['amber', 'blue', 'coral', 'dune']
const PLATFORMS = ['android', 'ios', 'web']
const AGES = ['under-18', '18-24', '25-34', '35-49', '50-plus']
/** Added to the order logit by age: money to spend. */
const AGE_ORDER_LOGITS = [-0.8, -0.2, 0.2, 0.3, 0]

/** A user's lasting properties, a pure function of (seed, user); not stored. */
export interface Person {
  /** (D); its entries have variance 1 over the population. */
  readonly taste: Float64Array
  readonly features: FeatureMap
  /** Offsets of the click logit, the log stay and the order logit. */
  readonly clickLogit: number
  readonly logStay: number
  readonly orderLogit: number
}

/** The few combinations of features, each one frozen map that all users who have it share. */
const FEATURE_MAPS: readonly FeatureMap[] = SEGMENTS.flatMap((segment) =>
  PLATFORMS.flatMap((platform) => AGES.map((age) => Object.freeze({ segment, platform, age }))),
)

const random = new KeyedRandom()

/** Centre vectors of segments, shape (4, D). */
export function drawSegmentCentres(seed: number): Float64Array {
  random.reset(seed, 0, DRAW_PURPOSE.centre, 0)
  return new Float64Array(SEGMENTS.length * TASTE_WIDTH).map(() => normalVariate(random))
}

/** Centre vectors after a change of tastes, (4, D). */
export function drawChangedCentres(seed: number): Float64Array {
  random.reset(seed, 0, DRAW_PURPOSE.change, 0)
  return new Float64Array(SEGMENTS.length * TASTE_WIDTH).map(() => normalVariate(random))
}

/** Draws the visible features and leaves the generator where the hidden properties begin. Index in FEATURE_MAPS. */
function drawFeatureIndex(seed: number, user: number): number {
  random.reset(seed, user, DRAW_PURPOSE.person, 0)
  return Math.floor(random.next() * FEATURE_MAPS.length)
}

/** The features alone, as drawPerson gives them. */
export function drawUserFeatures(seed: number, user: number): FeatureMap {
  return FEATURE_MAPS[drawFeatureIndex(seed, user)]
}

/** The same person with a taste drawn anew around its segment's new centre. */
export function changeTaste(person: Person, seed: number, user: number, changedCentres: Float64Array): Person {
  const segment = SEGMENTS.indexOf(person.features.segment)
  random.reset(seed, user, DRAW_PURPOSE.change, 1)
  const taste = person.taste.map((_, d) => {
    return Math.SQRT1_2 * (changedCentres[segment * TASTE_WIDTH + d] + normalVariate(random))
  })
  return { ...person, taste }
}

/** Half of a taste's variance is its segment's, half the user's own. */
export function drawPerson(seed: number, user: number, segmentCentres: Float64Array): Person {
  const index = drawFeatureIndex(seed, user)
  const segment = Math.floor(index / (PLATFORMS.length * AGES.length))
  const taste = new Float64Array(TASTE_WIDTH)
  for (let d = 0; d < TASTE_WIDTH; d++) {
    taste[d] = Math.SQRT1_2 * (segmentCentres[segment * TASTE_WIDTH + d] + normalVariate(random))
  }
  return {
    taste,
    features: FEATURE_MAPS[index],
    clickLogit: 0.35 * normalVariate(random),
    logStay: 0.25 * normalVariate(random),
    orderLogit: 0.4 * normalVariate(random) + AGE_ORDER_LOGITS[index % AGES.length],
  }
}
