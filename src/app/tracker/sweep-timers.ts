import type { UserId } from '../../core/contracts/ids.ts'
import { decodeUserState } from '../../core/user-state/user-state-codec.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { afterTimersOf, impressionKey, parseTimerKey, type Timer, userKey } from './state-keys.ts'

const CHUNK = 4096
const FIRST = Uint8Array.of(0x74)
const END_OF_TIME = afterTimersOf(Number.MAX_SAFE_INTEGER - 1)

/**
 * Deletes the timers of users that wait for nothing: those of an erased user, who may have come back with timers of new
 * ones. The tracker itself lets such timers fire into nothing when they are due.
 */
export async function sweepTimers(store: StateStore, erased: ReadonlySet<UserId>): Promise<number> {
  const position = await store.position()
  if (position === null || erased.size === 0) return 0
  let swept = 0
  let from: Uint8Array = FIRST
  for (;;) {
    const entries = await store.range(from, END_OF_TIME, CHUNK)
    const theirs = entries
      .map(({ key }) => ({ key, timer: parseTimerKey(key) }))
      .filter(({ timer }) => erased.has(timer.userId))
    const gone: StoreEntry[] = []
    const held = await store.getMany(theirs.map(({ timer }) => keyOfWaiting(timer)))
    for (const [i, { key, timer }] of theirs.entries()) {
      if (!isAwaited(timer, held[i])) gone.push({ key, value: null })
    }
    if (gone.length > 0) await store.apply({ entries: gone, position })
    swept += gone.length
    if (entries.length < CHUNK) return swept
    from = Uint8Array.of(...entries[entries.length - 1].key, 0)
  }
}

/** Key of what waits for the timer. */
function keyOfWaiting({ userId, impressionId }: Timer): Uint8Array {
  return impressionId === null ? userKey(userId) : impressionKey(userId, impressionId)
}

function isAwaited({ impressionId, due }: Timer, held: Uint8Array | null): boolean {
  if (held === null) return false
  return impressionId !== null || decodeUserState(held).timerDue === due
}
