import type { Config } from '../../src/app/config/config-schema.ts'
import { Pipeline } from '../../src/app/pipeline.ts'
import { topicSpecs } from '../../src/app/topics.ts'
import type { World } from '../../src/app/wire.ts'
import type { Log } from '../../src/io/log/log.ts'
import { MemoryLog } from '../../src/io/log/memory-log.ts'
import { createRecordCodecs, type RecordCodecs } from '../../src/io/schemas/record-codecs.ts'
import { MemoryStore } from '../../src/io/store/memory-store.ts'
import type { StateStore } from '../../src/io/store/state-store.ts'
import { trackerSettingsOf } from '../../src/app/config/compile-config.ts'
import { dumpStore } from './dump-store.ts'
import { dumpTopics } from './dump-topics.ts'
import { FailingWrites } from './failing-writes.ts'

const codecs = createRecordCodecs()

/** What a data folder holds, in memory: it outlives the pipelines that work on it, as the folder outlives processes. */
export class KeptWorld {
  readonly log = new MemoryLog()
  readonly config: Config
  private readonly stores = new Map<string, MemoryStore>()
  private readonly opened: Pipeline[] = []

  private constructor(config: Config) {
    this.config = config
  }

  static async create(config: Config): Promise<KeptWorld> {
    const kept = new KeptWorld(config)
    await kept.log.ensureTopics(topicSpecs(config.partitions))
    return kept
  }

  /** The outside of one process, whose writes may fail. */
  world(failures: FailingWrites = FailingWrites.never()): World & { readonly log: Log; readonly codecs: RecordCodecs } {
    const open = async (name: string): Promise<StateStore> => failures.store(this.store(name), name)
    return {
      log: failures.log(this.log),
      codecs,
      stateStore: (partition) => open(`state ${partition}`),
      quarantineStore: async () => {},
      quarantineView: async () => {},
      sideStore: open,
      viewStore: open,
      close: async () => {},
    }
  }

  async openPipeline(world: World, roles = { tracker: true, ranker: true }): Promise<Pipeline> {
    const pipeline = await Pipeline.open(this.config, world, roles)
    this.opened.push(pipeline)
    return pipeline
  }

  store(name: string): MemoryStore {
    let store = this.stores.get(name)
    if (store === undefined) this.stores.set(name, (store = new MemoryStore()))
    return store
  }

  loseStore(name: string): void {
    this.stores.delete(name)
  }

  async dump() {
    const { joiner } = trackerSettingsOf(this.config)
    const partitions = Array.from({ length: this.config.partitions }, (_, partition) => `state ${partition}`)
    return {
      topics: await dumpTopics(this.log),
      stores: await Promise.all(partitions.map((name) => dumpStore(this.store(name), joiner))),
    }
  }

  /** Gives the backend's memory back, of dead pipelines too. */
  dispose(): void {
    for (const pipeline of this.opened) pipeline.dispose()
  }
}
