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
    for (const { key, timer } of theirs) if (!(await isAwaited(store, timer))) gone.push({ key, value: null })
    if (gone.length > 0) await store.apply({ entries: gone, position })
    swept += gone.length
    if (entries.length < CHUNK) return swept
    from = Uint8Array.of(...entries[entries.length - 1].key, 0)
  }
}

async function isAwaited(store: StateStore, { userId, impressionId, due }: Timer): Promise<boolean> {
  if (impressionId !== null) return (await store.get(impressionKey(userId, impressionId))) !== null
  const user = await store.get(userKey(userId))
  return user !== null && decodeUserState(user).timerDue === due
}
