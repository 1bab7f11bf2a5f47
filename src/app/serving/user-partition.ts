import type { UserId } from '../../core/contracts/ids.ts'
import { partitionOf } from '../partition-of.ts'
import type { ApiContext } from './api-context.ts'

/** Producers of their own may partition otherwise: where there is a state, it says where it came from. */
export async function userPartition({ view, config }: ApiContext, userId: UserId): Promise<number> {
  return (await view.stateOf(userId))?.source.partition ?? partitionOf(userId, config.partitions)
}
