import { kindOfKey, parseTimerKey, userIdOfKey } from '../tracker/state-keys.ts'

/** Before every key of an entry in a store: see level-store.ts. */
const ENTRY_TAG = 1
/** Kinds of the view's keys that hold a user: state, active days, and, with a length, transitions: see view-keys.ts. */
const WITH_USER = new Set(['s', 'a'])
const WITH_LENGTH = new Set(['t'])

/** The user whose entry a stored key is, in a store of the tracker or of the view; null for one of nobody's. */
export function userOfStoreKey(store: 'tracker' | 'view', stored: Buffer): string | null {
  if (stored[0] !== ENTRY_TAG || stored.length < 2) return null
  const key = stored.subarray(1)
  if (store === 'view') {
    const kind = String.fromCharCode(key[0])
    if (WITH_USER.has(kind)) return key.toString('utf8', 1)
    return WITH_LENGTH.has(kind) && key.length > 3 ? key.toString('utf8', 3, 3 + key.readUInt16BE(1)) : null
  }
  switch (kindOfKey(key)) {
    case 'user':
      return userIdOfKey(key)
    case 'impression':
    case 'snapshot':
      return key.length > 3 ? userIdOfKey(key) : null
    case 'timer':
      return key.length > 12 ? parseTimerKey(key).userId : null
    case 'meta':
      return null
  }
}
