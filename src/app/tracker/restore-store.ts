import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { decodePendingImpression } from '../../core/user-state/pending-impression-codec.ts'
import { impressionTimers, type JoinerWindows } from '../../core/user-state/pending-impression.ts'
import { decodeUserState } from '../../core/user-state/user-state-codec.ts'
import type { Log } from '../../io/log/log.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import { decodeMeta, emptyMeta, META_KEY, ORIGIN_KEY, type PartitionMeta } from './partition-meta.ts'
import { kindOfKey, timerKey } from './state-keys.ts'

const CHUNK = 2000

/** How far a restore has come, in offsets of the changelog. */
export interface RestoreProgress {
  readonly partition: number
  readonly offset: number
  readonly end: number
}

/**
 * Brings a partition's store up to the end of its changelog, and returns what is kept there of the
 * partition itself. A commit is in the log before it is in the store, so after a crash the store is at most behind. Throws
 * LifecycleError `corrupt` for a store of another log, or one that is ahead of its log.
 */
export async function restoreStore(
  log: Log,
  store: StateStore,
  partition: number,
  windows: JoinerWindows,
  onProgress: (progress: RestoreProgress) => void,
): Promise<PartitionMeta> {
  const position = await store.position()
  if (position) await checkOrigin(log, store, partition)
  const end = await log.endOffset(TOPICS.changelog, partition)
  if (position && position.changelogOffset > end) {
    throw new LifecycleError(
      'corrupt',
      `Cannot use the state store of partition ${partition}: it stands at changelog offset ${position.changelogOffset}, the log only at ${end}`,
    )
  }
  const stored = await store.get(META_KEY)
  let meta = stored ? decodeMeta(stored) : emptyMeta()
  if (position && position.nextOffset !== meta.nextOffset) {
    throw new LifecycleError(
      'corrupt',
      `Cannot use the state store of partition ${partition}: its position is ${position.nextOffset}, its state's ${meta.nextOffset}`,
    )
  }
  const from = position?.changelogOffset ?? 0
  for await (const slice of readTo(log, TOPICS.changelog, partition, from, end, CHUNK)) {
    const entries: StoreEntry[] = [originEntry(log, partition)]
    for (const { key, value } of slice.records) {
      if (!key) continue
      entries.push({ key, value }, ...timersOf(key, value, windows))
      if (value && Buffer.compare(key, META_KEY) === 0) meta = decodeMeta(value)
    }
    // A store that a crash leaves between two chunks is restored from there before anybody reads it.
    await store.apply({ entries, position: { nextOffset: meta.nextOffset, changelogOffset: slice.nextOffset } })
    onProgress({ partition, offset: slice.nextOffset, end })
  }
  return meta
}

/** What a store holds to tell whose state it is; goes into every batch. */
export function originEntry(log: Log, partition: number): StoreEntry {
  return { key: ORIGIN_KEY, value: Buffer.from(`${log.id}/${partition}`) }
}

/** A store of another log is not read. */
async function checkOrigin(log: Log, store: StateStore, partition: number): Promise<void> {
  const found = await store.get(ORIGIN_KEY)
  const wanted = originEntry(log, partition).value!
  if (found && Buffer.compare(found, wanted) === 0) return
  const owner = found ? Buffer.from(found).toString() : 'nobody'
  throw new LifecycleError(
    'corrupt',
    `Cannot use the state store of partition ${partition}: it belongs to ${owner}, not to ${Buffer.from(wanted).toString()}`,
  )
}

/**
 * The timers that a stored user or impression asks for. Those that have fired lie before the stream time and are never
 * looked at again; one that a later value replaced finds nothing to do.
 */
export function timersOf(key: Uint8Array, value: Uint8Array | null, windows: JoinerWindows): StoreEntry[] {
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
    case 'snapshot':
    case 'timer':
    case 'meta':
      return []
  }
}

const EMPTY = new Uint8Array(0)
