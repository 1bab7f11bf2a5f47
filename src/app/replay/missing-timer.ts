import type { JoinerWindows } from '../../core/user-state/pending-impression.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { timersOf } from '../tracker/restore-store.ts'
import { afterPrefix, parseTimerKey, userIdOfKey } from '../tracker/state-keys.ts'
import type { StateDifference } from './state-difference.ts'
import { storeEntries } from './store-entries.ts'

const CHUNK = 1000

/**
 * The first timer that the replayed users and impressions wait for and the store lacks, so that it would never fire.
 * Timers that nobody waits for any more do no harm. `later` are keys that the store does not have yet.
 */
export async function missingTimer(
  store: StateStore,
  replayed: StateStore,
  windows: JoinerWindows,
  streamTime: number,
  later: ReadonlySet<string>,
): Promise<StateDifference | null> {
  let wanted: { readonly owner: Uint8Array; readonly timer: Uint8Array }[] = []
  const firstMissing = async (): Promise<StateDifference | null> => {
    const found = await store.getMany(wanted.map(({ timer }) => timer))
    const at = found.indexOf(null)
    const missing = wanted[at]
    wanted = []
    if (!missing) return null
    const { due } = parseTimerKey(missing.timer)
    const userId = userIdOfKey(missing.owner)
    return {
      place: 'store',
      userId,
      field: 'timer',
      found: 'nothing',
      replayed: new Date(due).toISOString(),
      source: null,
    }
  }
  for (const kind of ['u', 'i']) {
    const prefix = Buffer.from(kind)
    for await (const { key, value } of storeEntries(replayed, prefix, afterPrefix(prefix))) {
      if (later.has(Buffer.from(key).toString('latin1'))) continue
      for (const timer of timersOf(key, value, windows)) {
        if (parseTimerKey(timer.key).due > streamTime) wanted.push({ owner: key, timer: timer.key })
      }
      if (wanted.length < CHUNK) continue
      const missing = await firstMissing()
      if (missing) return missing
    }
  }
  return firstMissing()
}
