import type { UserId } from '../../core/contracts/ids.ts'
import type { SnapshotSettings } from '../../core/contracts/tracker-settings.ts'
import { openImpressionOf } from '../../core/user-state/open-impression.ts'
import { decodeOpenImpression } from '../../core/user-state/pending-impression-codec.ts'
import {
  encodeNewestSnapshot,
  encodeUserSnapshot,
  type SnapshotContent,
  type UserSnapshot,
} from '../../core/user-state/user-snapshot-codec.ts'
import { encodeUserState } from '../../core/user-state/user-state-codec.ts'
import type { StoreEntry } from '../../io/store/state-store.ts'
import type { HeldUser } from './held-user.ts'
import { snapshotKey, snapshotPlaceOfKey, snapshotPrefix } from './state-keys.ts'

/** A snapshot is one record of the changelog, and a broker takes a megabyte. */
const MOST_BYTES = 512 * 1024

export type SnapshotMoment = Pick<UserSnapshot, 'offset' | 'streamTime' | 'changeTime'>

/**
 * Snapshots of one slice: those it keeps, and those that go with erased users. Which are kept follows from the input and
 * the settings alone, wherever slices end: the period of the newest one tells whether a change is the first in its own.
 */
export class SliceSnapshots {
  private readonly settings: SnapshotSettings
  /** By user, by place; null takes one away. */
  private readonly changed = new Map<HeldUser, Map<number, Uint8Array | null>>()
  /** Places in the store of the users that the slice erases. */
  private readonly stored = new Map<UserId, readonly number[]>()

  constructor(settings: SnapshotSettings) {
    this.settings = settings
  }

  get isOn(): boolean {
    return this.settings.everyRecords > 0
  }

  /** What the store has under the prefix of a user whom the slice erases. */
  loaded(userId: UserId, entries: readonly { readonly key: Uint8Array }[]): void {
    const places = entries.map(({ key }) => snapshotPlaceOfKey(key)).filter((place) => place !== null)
    if (entries.length > 0) this.stored.set(userId, places)
  }

  /** Whether a change of the user by an input record is the first of its period. */
  isDue({ newestSnapshot }: HeldUser, offset: number): boolean {
    const { everyRecords } = this.settings
    if (everyRecords === 0) return false
    return !newestSnapshot || Math.floor(newestSnapshot.offset / everyRecords) < Math.floor(offset / everyRecords)
  }

  /** All impressions of the user must be in memory. */
  contentOf({ user, impressions }: HeldUser): SnapshotContent {
    if (!user) return { kind: 'unknown' }
    // Encoded and copied now: what is in memory changes in place. Sorted: its order depends on what was cached.
    const open = [...impressions.keys()].sort().flatMap((impressionId) => {
      const { value } = impressions.get(impressionId)!
      if (value === null) return []
      return value instanceof Uint8Array ? decodeOpenImpression(value) : openImpressionOf(value)
    })
    return { kind: 'user', state: encodeUserState(user.state), impressions: open }
  }

  put(held: HeldUser, moment: SnapshotMoment, content: SnapshotContent): void {
    const ordinal = held.newestSnapshot ? held.newestSnapshot.ordinal + 1 : 0
    const place = ordinal % this.settings.kept
    const bytes = encodeUserSnapshot({ ordinal, ...moment, content })
    const isTooLarge = bytes.length > MOST_BYTES
    const kept = isTooLarge ? encodeUserSnapshot({ ordinal, ...moment, content: { kind: 'left-out' } }) : bytes
    this.placesOf(held).set(place, kept)
    held.newestSnapshot = { ordinal, offset: moment.offset }
  }

  erase(held: HeldUser): void {
    const stored = this.stored.get(held.userId)
    if (!stored && !this.changed.has(held)) return
    const places = this.placesOf(held)
    for (const place of [...places.keys(), ...(stored ?? [])]) places.set(place, null)
    held.newestSnapshot = null
  }

  entries(): StoreEntry[] {
    const entries: StoreEntry[] = []
    for (const [{ userId, newestSnapshot }, places] of this.changed) {
      for (const [place, value] of places) entries.push({ key: snapshotKey(userId, place), value })
      const newest = newestSnapshot && encodeNewestSnapshot(newestSnapshot)
      entries.push({ key: snapshotPrefix(userId), value: newest })
    }
    return entries
  }

  clear(): void {
    this.changed.clear()
    this.stored.clear()
  }

  private placesOf(held: HeldUser): Map<number, Uint8Array | null> {
    const places = this.changed.get(held) ?? new Map<number, Uint8Array | null>()
    this.changed.set(held, places)
    return places
  }
}
