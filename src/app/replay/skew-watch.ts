import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Config } from '../config/config-schema.ts'
import { StopFlag } from '../stop-flag.ts'
import { passingStore, type World, type WorldLogger } from '../wire.ts'
import { renderDifference } from './render-verification.ts'
import { SkewMeter, type SkewObservation } from './skew-meter.ts'

export interface SkewTotals {
  readonly checked: number
  readonly differing: number
}

/** After a look that began anew. */
const SOON_MS = 500

const STOPPED = { stop: async (): Promise<void> => {}, totals: (): ReadonlyMap<number, SkewTotals> => new Map() }

/** Looks at the partitions that are tracked here again and again, until it is told to stop. It never fails the tracker. */
export class SkewWatch {
  readonly #config: Config['verification']
  readonly #world: World
  readonly #partitions: () => Iterable<number>
  readonly #logger: WorldLogger
  readonly #meters = new Map<number, SkewMeter>()
  readonly #totals = new Map<number, SkewTotals>()
  readonly #flag = new StopFlag()
  readonly #ended: Promise<void>
  readonly #seed: number

  private constructor(
    config: Config['verification'],
    world: World,
    partitions: () => Iterable<number>,
    logger: WorldLogger,
  ) {
    this.#config = config
    this.#world = world
    this.#partitions = partitions
    this.#logger = logger
    // Each process looks at a sample of its own.
    this.#seed = Date.now() % 0x7fff_ffff
    this.#ended = this.#run()
  }

  /** Nothing is watched where `verification.sampleShare` is 0. */
  static start(
    { verification }: Config,
    world: World,
    partitions: () => Iterable<number>,
    logger: WorldLogger,
  ): Pick<SkewWatch, 'stop' | 'totals'> {
    if (verification.sampleShare === 0) return STOPPED
    return new SkewWatch(verification, world, partitions, logger)
  }

  /** By partition, since the start. */
  totals(): ReadonlyMap<number, SkewTotals> {
    return this.#totals
  }

  async stop(): Promise<void> {
    this.#flag.stop()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { everySeconds } = this.#config
    while (!this.#flag.stopped) {
      for (const partition of this.#partitions()) {
        if (this.#flag.stopped) break
        await this.#look(partition)
      }
      await this.#flag.wait(everySeconds * 1000)
    }
    for (const meter of this.#meters.values()) await meter.close()
  }

  async #look(partition: number): Promise<void> {
    const { log, codecs } = this.#world
    const { sampleShare: share, maxUsers } = this.#config
    const meter =
      this.#meters.get(partition) ??
      new SkewMeter({ log, codecs, partition, share, maxUsers, seed: this.#seed, store: passingStore })
    this.#meters.set(partition, meter)
    try {
      let observation = await meter.look()
      if (observation.skipped) {
        await this.#flag.wait(SOON_MS)
        observation = await meter.look()
      }
      this.#take(observation)
    } catch (error) {
      // The log may be closing, or too old to tell its history: the tracker goes on, and the next look begins anew.
      this.#meters.delete(partition)
      const code = error instanceof LifecycleError ? error.code : undefined
      if (code !== 'closed') this.#logger.warn({ partition, code }, `skew meter: ${String(error)}`)
    }
  }

  #take(observation: SkewObservation): void {
    const { partition, checked, differing, first } = observation
    const before = this.#totals.get(partition) ?? { checked: 0, differing: 0 }
    this.#totals.set(partition, { checked: before.checked + checked, differing: before.differing + differing })
    if (first) this.#logger.error({ partition, checked, differing }, `skew: ${renderDifference(first)}`)
  }
}
