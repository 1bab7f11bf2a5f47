import type { FeatureMap } from '../contracts/interaction.ts'
import type { ItemId } from '../contracts/ids.ts'
import { KeyedRandom } from '../statistics/keyed-random.ts'
import { normalVariate } from '../statistics/normal-variate.ts'
import { DRAW_PURPOSE } from './draw-purpose.ts'
import { TASTE_WIDTH } from './person.ts'

const CATEGORY_COUNT = 12
const ITEMS_PER_AUTHOR = 8
const DURATIONS = ['short', 'medium', 'long']

/** Items I, a pure function of (seed, I). */
export interface ItemCatalogue {
  readonly ids: readonly ItemId[]
  /** (I, D). */
  readonly vectors: Float32Array
  /** (I), standard normal: what everybody likes more. */
  readonly qualities: Float32Array
  /** (I), frozen. */
  readonly features: readonly FeatureMap[]
}

const random = new KeyedRandom()

/** Half of an item vector's variance is its category's. Authors have neighbours in popularity and one category each. */
export function drawItems(seed: number, itemCount: number): ItemCatalogue {
  random.reset(seed, 1, DRAW_PURPOSE.centre, 0)
  const centres = new Float64Array(CATEGORY_COUNT * TASTE_WIDTH).map(() => normalVariate(random)) // (C, D)
  const ids: ItemId[] = []
  const features: FeatureMap[] = []
  const vectors = new Float32Array(itemCount * TASTE_WIDTH)
  const qualities = new Float32Array(itemCount)
  for (let item = 0; item < itemCount; item++) {
    const author = Math.floor(item / ITEMS_PER_AUTHOR)
    random.reset(seed, author, DRAW_PURPOSE.item, 0)
    const category = Math.floor(random.next() * CATEGORY_COUNT)
    random.reset(seed, item, DRAW_PURPOSE.item, 1)
    const duration = Math.floor(random.next() * DURATIONS.length)
    for (let d = 0; d < TASTE_WIDTH; d++) {
      vectors[item * TASTE_WIDTH + d] = Math.SQRT1_2 * (centres[category * TASTE_WIDTH + d] + normalVariate(random))
    }
    qualities[item] = normalVariate(random)
    ids.push(`i${String(item).padStart(5, '0')}` as ItemId)
    features.push(Object.freeze({ category: `c${category}`, author: `a${author}`, duration: DURATIONS[duration] }))
  }
  return { ids, vectors, qualities, features }
}

/** Index of an item id. Throws RangeError when the catalogue does not have it. */
export function itemIndexOf(catalogue: ItemCatalogue, itemId: string): number {
  const item = Number(itemId.slice(1))
  if (catalogue.ids[item] !== itemId) throw new RangeError(`Cannot find item ${itemId}: the world does not have it`)
  return item
}
