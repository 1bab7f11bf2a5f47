import type { UserId } from '../../core/contracts/ids.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { TOPICS } from '../topics.ts'
import type { PartitionClock } from '../tracker/fold-slice.ts'
import { decodeMeta, META_KEY, type PartitionMeta } from '../tracker/partition-meta.ts'
import { type FieldDifference, firstField } from './first-field.ts'
import type { Place, StateDifference } from './state-difference.ts'

/** Stands for the partition itself in a difference that belongs to no user. */
const NOBODY = '' as UserId

/** Where the changelog's stream time and counters are not those of a replay. */
export function metaDifference(
  { nextOffset, clock }: PartitionMeta,
  replayed: PartitionClock,
  partition: number,
): StateDifference | null {
  return ofPartition('changelog', firstField(clock, replayed), partition, nextOffset)
}

/** Where a store stands elsewhere than its changelog; null also for a store that has nothing. */
export async function storedMetaDifference(
  store: StateStore,
  recorded: PartitionMeta,
  partition: number,
): Promise<StateDifference | null> {
  const bytes = await store.get(META_KEY)
  const difference = firstField(bytes && decodeMeta(bytes), recorded)
  const named =
    difference?.field === 'bundleOffset' ? { ...difference, field: 'bundle version (bundleOffset)' } : difference
  return ofPartition('store', named, partition, recorded.nextOffset)
}

function ofPartition(
  place: Place,
  difference: FieldDifference | null,
  partition: number,
  nextOffset: number,
): StateDifference | null {
  return (
    difference && { ...difference, place, userId: NOBODY, source: `${TOPICS.interactions}/${partition}@${nextOffset}` }
  )
}
