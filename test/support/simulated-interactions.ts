import type { Interaction } from '../../src/core/contracts/interaction.ts'
import { nextEvents } from '../../src/core/simulator/next-events.ts'
import { createWorld } from '../../src/core/simulator/world.ts'
import { createSeededRandom } from '../../src/core/statistics/seeded-random.ts'

/** Events of a simulated shop in the order of their times: impressions, clicks, stays, and orders that come late. */
export function simulatedInteractions(count: number, users = 60, seed = 3): Interaction[] {
  const settings = { seed, userCount: users, itemCount: 80, meanSessionsPerDay: 1, initialUserShare: 1 }
  return nextEvents(createWorld(settings), count)
}

/** The same with every so many events moved back by up to `places`: they come late, some of them after their windows. */
export function displacedInteractions(interactions: readonly Interaction[], every: number, places: number) {
  const random = createSeededRandom(17)
  return interactions
    .map((interaction, i) => {
      return { interaction, place: random.nextInt(every) === 0 ? i + random.nextInt(places) : i }
    })
    .sort((a, b) => a.place - b.place)
    .map(({ interaction }) => interaction)
}
