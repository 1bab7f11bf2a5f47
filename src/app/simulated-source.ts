import type { Interaction } from '../core/contracts/interaction.ts'
import { nextEvents } from '../core/simulator/next-events.ts'
import { createWorld, type World as SimulatedWorld } from '../core/simulator/world.ts'
import { exportWorld, importWorld, type WorldSnapshot } from '../core/simulator/world-snapshot.ts'
import type { OutputRecord } from '../io/log/log.ts'
import type { StateStore } from '../io/store/state-store.ts'
import type { Config } from './config/config-schema.ts'
import { partitionOf } from './partition-of.ts'
import { TOPICS } from './topics.ts'
import type { World } from './wire.ts'

/** What is kept of a shop between two runs. */
export interface Saved {
  /** Events the simulator had made when it was saved. */
  readonly events: number
  readonly snapshot: WorldSnapshot
}

const KEY = new TextEncoder().encode('simulator')
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const SKIP_CHUNK = 10_000

/** The shop as it was saved last; null in a store without one. */
export async function savedShop(store: StateStore): Promise<Saved | null> {
  const stored = await store.get(KEY)
  return stored ? (JSON.parse(decoder.decode(stored)) as Saved) : null
}

/**
 * The simulated shop as a producer of interactions. A restart goes on with the very next event: the log says how many
 * events there are, the latest saved world is brought up to there.
 */
export class SimulatedSource {
  private readonly world: World
  private readonly store: StateStore
  private readonly partitions: number
  private readonly simulated: SimulatedWorld
  private events: number

  private constructor(world: World, store: StateStore, partitions: number, simulated: SimulatedWorld, events: number) {
    this.world = world
    this.store = store
    this.partitions = partitions
    this.simulated = simulated
    this.events = events
  }

  static async open(config: Config, world: World): Promise<SimulatedSource> {
    const store = await world.sideStore('simulator')
    const saved = await savedShop(store)
    const { users: userCount, items: itemCount } = config.simulator
    const simulated = saved ? importWorld(saved.snapshot) : createWorld({ seed: config.seed, userCount, itemCount })
    const source = new SimulatedSource(world, store, config.partitions, simulated, saved?.events ?? 0)
    let appended = 0
    for (let partition = 0; partition < config.partitions; partition++) {
      appended += await world.log.endOffset(TOPICS.interactions, partition)
    }
    while (source.events < appended) source.next(Math.min(SKIP_CHUNK, appended - source.events))
    return source
  }

  /** Appends the next events of the shop to interactions. */
  async append(count: number): Promise<void> {
    const { log, codecs } = this.world
    await log.append(
      this.next(count).map((interaction): OutputRecord => {
        return {
          topic: TOPICS.interactions,
          partition: partitionOf(interaction.userId, this.partitions),
          key: encoder.encode(interaction.userId),
          value: codecs.interaction.encode(interaction),
          timestamp: interaction.eventTime,
        }
      }),
    )
  }

  /** Saves the shop, so that a restart need not make all events again. */
  async save(): Promise<void> {
    const saved: Saved = { events: this.events, snapshot: exportWorld(this.simulated) }
    await this.store.apply({
      entries: [{ key: KEY, value: encoder.encode(JSON.stringify(saved)) }],
      position: { nextOffset: 0, changelogOffset: 0 },
    })
  }

  private next(count: number): Interaction[] {
    this.events += count
    return nextEvents(this.simulated, count)
  }
}
