import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { World } from '../wire.ts'
import { PartitionTracker, type PartitionTrackerOptions } from './partition-tracker.ts'

export type OpenTrackerOptions = Omit<PartitionTrackerOptions, 'log' | 'store' | 'codecs' | 'instruments'>

/** Opens a partition's tracker on its store. A store of another log, or a damaged one, is put aside and rebuilt. */
export async function openTracker(world: World, options: OpenTrackerOptions): Promise<PartitionTracker> {
  const { log, codecs, instruments } = world
  const { partition } = options
  const store = await world.stateStore(partition)
  try {
    return await PartitionTracker.open({ ...options, log, codecs, store, instruments })
  } catch (error) {
    await store.close()
    if (!(error instanceof LifecycleError && error.code === 'corrupt')) throw error
    await world.quarantineStore(partition, error)
    return PartitionTracker.open({ ...options, log, codecs, instruments, store: await world.stateStore(partition) })
  }
}
