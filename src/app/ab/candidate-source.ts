import type { ItemId } from '../../core/contracts/ids.ts'
import { CHANNELS, type Channel } from '../../core/policy/policy-settings.ts'
import { DRAW_PURPOSE } from '../../core/simulator/draw-purpose.ts'
import type { ItemCatalogue } from '../../core/simulator/item-catalogue.ts'
import { KeyedRandom } from '../../core/statistics/keyed-random.ts'

export interface PickedItem {
  readonly item: number
  readonly channel: Channel
}

/** A user's latest clicks, for what is similar to them. */
const REMEMBERED_CLICKS = 20
/** Share of the catalogue that counts as fresh on a day, and days in which all of it has been. */
const FRESH_SHARE = 0.05
const FRESH_CYCLE_DAYS = 30
/** Clicks lose so much of their weight for popularity per day. */
const POPULARITY_DECAY = 0.8
const POPULAR_SHARE = 0.2
const MOST_TRIES = 20

/**
 * Candidates of a request, distinct items, drawn with luck keyed by (seed, user, time). It sees what an arm may see: the
 * catalogue's ids and features, and the clicks of the arm's own users; nothing of the truth.
 */
export class CandidateSource {
  private readonly catalogue: ItemCatalogue
  private readonly seed: number
  private readonly random = new KeyedRandom()
  private readonly clicks: Float64Array
  private readonly history = new Map<number, number[]>()
  private readonly byCategory = new Map<string, number[]>()
  private popular: number[]
  private freshFrom = 0

  constructor(catalogue: ItemCatalogue, seed: number) {
    this.catalogue = catalogue
    this.seed = seed
    this.clicks = new Float64Array(catalogue.ids.length)
    this.popular = this.mostClicked()
    catalogue.features.forEach(({ category }, item) => {
      const items = this.byCategory.get(category)
      if (items) items.push(item)
      else this.byCategory.set(category, [item])
    })
  }

  /** Once a day: what is popular and what is fresh. */
  beginDay(day: number): void {
    this.clicks.forEach((count, item) => (this.clicks[item] = count * POPULARITY_DECAY))
    this.popular = this.mostClicked()
    this.freshFrom = Math.floor((day * this.clicks.length) / FRESH_CYCLE_DAYS)
  }

  clicked(user: number, itemId: ItemId): void {
    const item = Number(itemId.slice(1))
    this.clicks[item]++
    const own = this.history.get(user) ?? []
    own.push(item)
    if (own.length > REMEMBERED_CLICKS) own.shift()
    this.history.set(user, own)
  }

  /** Half by the catalogue's own order of popularity, half from all of it. */
  pool(user: number, timeMs: number, count: number): number[] {
    this.random.reset(this.seed, user, DRAW_PURPOSE.visit, 2 * timeMs + 1)
    const { length } = this.clicks
    const taken = new Set<number>()
    for (let slot = 0; slot < count; slot++) {
      const power = slot < count / 2 ? 2 : 1
      this.take(taken, () => Math.floor(length * this.random.next() ** power))
    }
    return [...taken]
  }

  /** By quotas. A channel that has too little leaves its slots to `exploration`. */
  byQuotas(user: number, timeMs: number, quotas: Readonly<Record<Channel, number>>): PickedItem[] {
    this.random.reset(this.seed, user, DRAW_PURPOSE.visit, 2 * timeMs + 1)
    const taken = new Set<number>()
    const picked: PickedItem[] = []
    for (const channel of CHANNELS) {
      for (let slot = 0; slot < quotas[channel]; slot++) {
        const draw = this.drawOf(channel, user)
        const item = draw ? this.take(taken, draw) : null
        if (item !== null) picked.push({ item, channel })
        else {
          const other = this.take(taken, this.drawOf('exploration', user)!)
          if (other !== null) picked.push({ item: other, channel: 'exploration' })
        }
      }
    }
    return picked
  }

  private drawOf(channel: Channel, user: number): (() => number) | null {
    const { length } = this.clicks
    const any = (items: readonly number[]) => items[Math.floor(this.random.next() * items.length)]
    switch (channel) {
      case 'popular':
        return () => any(this.popular)
      case 'fresh':
        return () => (this.freshFrom + Math.floor(this.random.next() * Math.ceil(FRESH_SHARE * length))) % length
      case 'similar': {
        const own = this.history.get(user)
        return own ? () => any(this.byCategory.get(this.catalogue.features[any(own)].category)!) : null
      }
      case 'exploration':
        return () => Math.floor(this.random.next() * length)
    }
  }

  /** Draws until an item is new; null when too many were not. */
  private take(taken: Set<number>, draw: () => number): number | null {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const item = draw()
      if (taken.has(item)) continue
      taken.add(item)
      return item
    }
    return null
  }

  private mostClicked(): number[] {
    const items = Array.from(this.clicks, (_, item) => item)
    items.sort((a, b) => this.clicks[b] - this.clicks[a] || a - b)
    return items.slice(0, Math.ceil(POPULAR_SHARE * items.length))
  }
}
