import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import type { Config } from '../../../src/app/config/config-schema.ts'
import { TRACKER_GROUP } from '../../../src/app/pipeline.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { restoreStore } from '../../../src/app/tracker/restore-store.ts'
import type { World } from '../../../src/app/wire.ts'
import { LifecycleError } from '../../../src/core/contracts/lifecycle-error.ts'
import { openLevelStore } from '../../../src/io/store/level-store.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { dumpStore, type StoreDump } from '../dump-store.ts'
import { outputsByUser } from '../outputs-by-user.ts'
import { crashReference } from './crash-reference.ts'

export interface StoreFolders {
  readonly dataDirs: readonly string[]
  /** Whether a store may refuse to be read: damage in a block that the tracker had no need of shows only then. */
  readonly mayBeDamaged: boolean
}

/**
 * Throws a sentence that names the first thing that is not as in a run without faults: outputs of a user, positions, the
 * state that the changelog rebuilds, or a local store. The processes on the folders must have ended.
 */
export async function checkCell(world: World, config: Config, folders: StoreFolders): Promise<void> {
  await checkOutputs(world, config)
  for (let partition = 0; partition < config.partitions; partition++) {
    await checkPartition(world, config, folders, partition)
  }
}

async function checkOutputs(world: World, config: Config): Promise<void> {
  const reference = await crashReference(config)
  const outputs = await outputsByUser(world.log, world.codecs)
  for (const user of new Set([...Object.keys(reference), ...Object.keys(outputs)])) {
    const [was, wanted] = [outputs[user], reference[user]]
    for (const kind of ['examples', 'transitions', 'state'] as const) {
      if (isDeepStrictEqual(was?.[kind], wanted?.[kind])) continue
      const [left, right] = [was?.[kind], wanted?.[kind]].map((said) => (Array.isArray(said) ? said.length : 'one'))
      throw new Error(`${kind} of user ${user} differ (${left}, expected ${right})`)
    }
  }
}

async function checkPartition(
  { log }: World,
  config: Config,
  { dataDirs, mayBeDamaged }: StoreFolders,
  partition: number,
): Promise<void> {
  const { joiner } = trackerSettingsOf(config)
  const rebuilt = new MemoryStore()
  const meta = await restoreStore(log, rebuilt, partition, joiner, () => {})
  const committed = await log.committed(TRACKER_GROUP, TOPICS.interactions, partition)
  if (meta.nextOffset !== committed) {
    throw new Error(`partition ${partition}: the changelog stands at ${meta.nextOffset}, the group at ${committed}`)
  }
  const wanted = await dumpStore(rebuilt, joiner)
  if (wanted.lostTimers.length > 0) throw new Error(`partition ${partition}: lost timer ${wanted.lostTimers[0]}`)
  let hasCurrent = false
  for (const dataDir of dataDirs) {
    const folder = join(dataDir, 'store', String(partition))
    if (!existsSync(folder)) continue
    const store = await openLevelStore(folder)
    try {
      if ((await store.position())?.nextOffset === committed) hasCurrent = true
      // One that was given up is behind; its changelog must bring it to the same state.
      else await restoreStore(log, store, partition, joiner, () => {})
      requireEqual(await dumpStore(store, joiner), wanted, `store ${partition}`)
    } catch (error) {
      if (!(mayBeDamaged && error instanceof LifecycleError)) throw error
    } finally {
      await store.close()
    }
  }
  if (!hasCurrent) throw new Error(`partition ${partition}: no local store stands at the committed position`)
}

function requireEqual(was: StoreDump, wanted: StoreDump, place: string): void {
  for (const part of ['nextOffset', 'entries', 'timers', 'lostTimers'] as const) {
    if (!isDeepStrictEqual(was[part], wanted[part])) throw new Error(`${place}: ${part} differ from the changelog's`)
  }
}
