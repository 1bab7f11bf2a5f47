import { chunksOf } from '../app/chunked-record.ts'
import { trackerSettingsOf } from '../app/config/compile-config.ts'
import type { Config } from '../app/config/config-schema.ts'
import { loadConfig } from '../app/config/load-config.ts'
import { TOPICS } from '../app/topics.ts'
import { openTracker } from '../app/tracker/open-tracker.ts'
import type { PartitionTracker } from '../app/tracker/partition-tracker.ts'
import { advanceRecord, erasureRecord } from '../app/tracker/read-input.ts'
import { memoryWorld, type World } from '../app/wire.ts'
import type { DeadLetter } from '../core/contracts/dead-letter.ts'
import type { Interaction } from '../core/contracts/interaction.ts'
import type { LifecycleAlert } from '../core/contracts/lifecycle-alert.ts'
import type { ModelBundle } from '../core/contracts/model-bundle.ts'
import type { StageTransition } from '../core/contracts/stage-transition.ts'
import type { TrainingExample } from '../core/contracts/training-example.ts'
import type { UserStateRecord } from '../core/contracts/user-state-record.ts'
import { type DriverEvent, EventCompleter } from './driver-event.ts'
import { DriverOutputs } from './driver-outputs.ts'
import type { DriverSettings } from './driver-settings.ts'

/** 2026-01-01T00:00:00Z */
const DEFAULT_START_MS = 1_767_225_600_000

export interface DriverOptions {
  /** Default: the program's defaults. */
  readonly settings?: DriverSettings
  /** Path of a configuration file, in place of `settings`. */
  readonly configFile?: string
  /** The clock at the start, unix ms. Default 2026-01-01T00:00:00Z. */
  readonly startMs?: number
}

/** A record of the input topic as a producer writes it. */
export interface DriverRecord {
  /** The user's id. Default: none. */
  readonly key?: string
  /** Framed Avro; null is a tombstone, which erases the user. */
  readonly value: Uint8Array | null
  readonly headers?: Readonly<Record<string, Uint8Array>>
}

/**
 * Runs the program's own tracker on a script of events, for tests. Each call returns when everything that it causes has
 * been published, so what is asked for afterwards is there. Time stands still between calls.
 */
export class TestDriver {
  readonly #config: Config
  readonly #world: World
  readonly #outputs: DriverOutputs
  readonly #events = new EventCompleter()
  #nowMs: number
  #store: ReturnType<World['stateStore']> | null = null
  #tracker: PartitionTracker | null = null

  private constructor(config: Config, world: World, startMs: number) {
    this.#config = config
    this.#world = world
    this.#outputs = new DriverOutputs(world.log, world.codecs)
    this.#nowMs = startMs
  }

  /** As openTestDriver. */
  static async open(options: DriverOptions): Promise<TestDriver> {
    const { settings = {}, configFile, startMs = DEFAULT_START_MS } = options
    if (configFile !== undefined && options.settings !== undefined) {
      throw new TypeError('Cannot open the driver: give settings or configFile, not both')
    }
    checkTime('open the driver at', startMs, 0)
    const preset = structuredClone(settings) as Record<string, unknown>
    // One partition has everything; how many there are changes nothing for a user.
    const config = await loadConfig({ preset, file: configFile, environment: {}, flags: [['partitions', '1']] })
    const driver = new TestDriver(config, await memoryWorld(config), startMs)
    await driver.restart({ loseStore: true })
    return driver
  }

  /** The clock, unix ms: the latest time that was sent or advanced to. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Sends an interaction and returns it as it was sent. One with a time before the clock is a late one. */
  async send(event: DriverEvent): Promise<Interaction> {
    return (await this.sendAll([event]))[0]
  }

  /** Sends interactions in one commit, or a few. */
  async sendAll(events: readonly DriverEvent[]): Promise<readonly Interaction[]> {
    const interactions = events.map((event) => {
      const interaction = this.#events.complete(event, this.#nowMs)
      this.#nowMs = Math.max(this.#nowMs, interaction.eventTime)
      return interaction
    })
    await this.#world.log.append(
      interactions.map((interaction) => ({
        topic: TOPICS.interactions,
        partition: 0,
        key: Buffer.from(interaction.userId),
        value: this.#world.codecs.interaction.encode(interaction),
        timestamp: interaction.eventTime,
      })),
    )
    await this.#track()
    return interactions
  }

  /** Sends bytes, to see what the tracker makes of what a producer writes. */
  async sendRecord({ key, value, headers }: DriverRecord): Promise<void> {
    const position = { topic: TOPICS.interactions, partition: 0, timestamp: this.#nowMs }
    await this.#world.log.append([{ ...position, key: key === undefined ? null : Buffer.from(key), value, headers }])
    await this.#track()
  }

  /** Moves the clock, unix ms, and fires the timers that it passes. Throws RangeError for a time before the clock. */
  async advanceTo(timeMs: number): Promise<void> {
    checkTime('advance to', timeMs, this.#nowMs)
    this.#nowMs = timeMs
    await this.#world.log.append([advanceRecord(0, timeMs)])
    await this.#track()
  }

  /** Moves the clock on by so many ms. */
  advanceBy(durationMs: number): Promise<void> {
    return this.advanceTo(this.#nowMs + durationMs)
  }

  /** Erases a user, as a tombstone on interactions does. */
  async erase(userId: string): Promise<void> {
    await this.#world.log.append([erasureRecord(0, userId, this.#nowMs)])
    await this.#track()
  }

  /** Publishes a bundle, as the ranker does; it takes effect with the next event. */
  async useBundle(bundle: ModelBundle): Promise<void> {
    const value = this.#world.codecs.modelBundle.encode(bundle)
    const record = { topic: TOPICS.modelBundles, partition: 0, key: null, value, timestamp: bundle.eventTime }
    await this.#world.log.append(chunksOf(record))
  }

  /**
   * The tracker dies without a goodbye, and another one takes over, on the store of the first, or, with `loseStore`, on
   * one that it rebuilds from the changelog. Nothing may be different afterwards.
   */
  async restart({ loseStore = false }: { readonly loseStore?: boolean } = {}): Promise<void> {
    if (loseStore) this.#store = null
    const store = (this.#store ??= this.#world.stateStore(0))
    const { tracker } = this.#config
    this.#tracker = await openTracker(
      { ...this.#world, stateStore: () => store },
      {
        settings: trackerSettingsOf(this.#config),
        group: 'test-driver',
        partition: 0,
        sliceSize: tracker.sliceSize,
        cachedUsers: tracker.cachedUsers,
      },
    )
    await this.#track()
  }

  /** The latest published state; null for a user who is unknown or erased. */
  stateOf(userId: string): UserStateRecord | null {
    return this.#outputs.states.get(userId) ?? null
  }

  /** By user id. */
  states(): ReadonlyMap<string, UserStateRecord> {
    return this.#outputs.states
  }

  /** In the order in which they were published, like all that follow; of one user where one is named. */
  transitions(userId?: string): readonly StageTransition[] {
    return this.#outputs.transitions.filter((transition) => userId === undefined || transition.userId === userId)
  }

  alerts(userId?: string): readonly LifecycleAlert[] {
    return this.#outputs.alerts.filter(({ subject }) => userId === undefined || subject === userId)
  }

  examples(userId?: string): readonly TrainingExample[] {
    return this.#outputs.examples.filter((example) => userId === undefined || example.userId === userId)
  }

  /** Records that could not be used, each with its cause. */
  deadLetters(): readonly DeadLetter[] {
    return [...this.#outputs.deadLetters]
  }

  /** Whatever is called afterwards fails with LifecycleError `closed`. */
  async close(): Promise<void> {
    await this.#world.close()
  }

  /** Tracks all there is. */
  async #track(): Promise<void> {
    while ((await this.#tracker!.step({ partial: true })) > 0);
    await this.#outputs.follow()
  }
}

function checkTime(action: string, timeMs: number, firstMs: number): void {
  if (Number.isSafeInteger(timeMs) && timeMs >= firstMs) return
  throw new RangeError(`Cannot ${action} ${timeMs}: it is no whole number of ms from ${firstMs} on`)
}
