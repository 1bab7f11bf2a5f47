import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { decodePendingImpression } from '../../core/user-state/pending-impression-codec.ts'
import { impressionTimers, type JoinerWindows } from '../../core/user-state/pending-impression.ts'
import { decodeUserState } from '../../core/user-state/user-state-codec.ts'
import type { Log } from '../../io/log/log.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { TOPICS } from '../topics.ts'
import { kindOfKey, timerKey } from './state-keys.ts'

const CHUNK = 2000

/**
 * Brings a partition's store up to the position its group has committed, from the changelog. A commit is in the log
 * before it is in the store, so after a crash the store is at most behind. Returns the input position to go on from.
 */
export async function restoreStore(
  log: Log,
  store: StateStore,
  group: string,
  partition: number,
  windows: JoinerWindows,
): Promise<number> {
  const committed = (await log.committed(group, TOPICS.interactions, partition)) ?? 0
  const position = await store.position()
  const end = await log.endOffset(TOPICS.changelog, partition)
  if (position && (position.nextOffset > committed || position.changelogOffset > end)) {
    throw new LifecycleError(
      'corrupt',
      `Cannot use the state store of partition ${partition}: it stands at input ${position.nextOffset}, the log only at ${committed}`,
    )
  }
  let offset = position?.changelogOffset ?? 0
  while (offset < end) {
    const slice = await log.read(TOPICS.changelog, partition, offset, CHUNK)
    if (slice.nextOffset === offset) break
    offset = slice.nextOffset
    const entries: StoreEntry[] = []
    for (const { key, value } of slice.records) {
      if (!key) continue
      entries.push({ key, value }, ...timersOf(key, value, windows))
    }
    // Only the last chunk reaches the committed position; a crash in between starts the restore again from here.
    const nextOffset = offset >= end ? committed : (position?.nextOffset ?? 0)
    await store.apply({ entries, position: { nextOffset, changelogOffset: offset } })
  }
  return committed
}

/**
 * The timers that a stored user or impression asks for. Those that have fired lie before the stream time and are never
 * looked at again; one that a later value replaced finds nothing to do.
 */
function timersOf(key: Uint8Array, value: Uint8Array | null, windows: JoinerWindows): StoreEntry[] {
  if (!value) return []
  switch (kindOfKey(key)) {
    case 'user': {
      const { userId, timerDue } = decodeUserState(value)
      return timerDue > 0 ? [{ key: timerKey({ due: timerDue, userId, impressionId: null }), value: EMPTY }] : []
    }
    case 'impression': {
      const impression = decodePendingImpression(value)
      const { userId, impressionId } = impression
      const { closes, expires } = impressionTimers(impression, windows)
      return [closes, expires].map((due) => ({ key: timerKey({ due, userId, impressionId }), value: EMPTY }))
    }
    case 'timer':
    case 'meta':
      return []
  }
}

const EMPTY = new Uint8Array(0)
