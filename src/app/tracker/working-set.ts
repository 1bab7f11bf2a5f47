import { LRUCache } from 'lru-cache'
import type { EventId, UserId } from '../../core/contracts/ids.ts'
import type { TrackedUser } from '../../core/track-user.ts'
import type { SnapshotSettings } from '../../core/contracts/tracker-settings.ts'
import { encodePendingImpression } from '../../core/user-state/pending-impression-codec.ts'
import {
  impressionTimers,
  type JoinerWindows,
  type PendingImpression,
} from '../../core/user-state/pending-impression.ts'
import { eventHashOf } from '../../core/user-state/posterior-records.ts'
import { decodeUserState, encodeUserState } from '../../core/user-state/user-state-codec.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import { decodeNewestSnapshot, type SnapshotContent } from '../../core/user-state/user-snapshot-codec.ts'
import { type HeldImpression, type HeldUser, holdUser } from './held-user.ts'
import type { ImpressionRef, SliceNeeds } from './slice-needs.ts'
import { SliceSnapshots, type SnapshotMoment } from './slice-snapshots.ts'
import { SliceTimers } from './slice-timers.ts'
import {
  afterPrefix,
  afterTimersOf,
  impressionIdOfKey,
  impressionKey,
  impressionPrefix,
  parseTimerKey,
  snapshotPrefix,
  type Timer,
  userKey,
} from './state-keys.ts'

const RANGE_CHUNK = 4096

export interface WorkingSetOptions {
  readonly store: StateStore
  /** Users kept in memory between slices, and as many of their impressions that still wait for outcomes. */
  readonly cachedUsers: number
  readonly windows: JoinerWindows
  readonly snapshots: SnapshotSettings
}

/**
 * Users, impressions, snapshots and timers of one partition while a slice is folded: loaded ahead from the store, changed in
 * memory, and handed back as one batch. Committed users stay in memory with their extractor sums and open impressions.
 */
export class WorkingSet {
  readonly timers = new SliceTimers()
  private readonly snapshots: SliceSnapshots
  private readonly options: WorkingSetOptions
  private readonly cache: LRUCache<UserId, HeldUser>
  /** Users of the slice. */
  private readonly users = new Map<UserId, HeldUser>()
  private readonly dirtyUsers: HeldUser[] = []
  private readonly dirtyImpressions: { readonly held: HeldUser; readonly impression: HeldImpression }[] = []
  private keptImpressions = 0
  /** Users that a slice asked for and memory had, or had not. */
  readonly lookups = { hits: 0, misses: 0 }

  constructor(options: WorkingSetOptions) {
    this.options = options
    this.snapshots = new SliceSnapshots(options.snapshots)
    this.cache = new LRUCache({
      max: options.cachedUsers,
      dispose: (held) => {
        this.keptImpressions -= held.kept
        held.kept = 0
      },
    })
  }

  async load(needs: SliceNeeds): Promise<void> {
    const due = await this.dueTimers(needs.afterMs, needs.untilMs)
    this.timers.begin(due, needs.untilMs)
    const users = new Set(needs.users)
    for (const { userId } of due) users.add(userId)
    await this.loadUsers(users)
    const missing: ImpressionRef[] = []
    for (const ref of needs.named) if (!this.isShown(ref, needs.shown)) this.hold(ref, missing)
    for (const { userId, impressionId } of due) if (impressionId !== null) this.hold({ userId, impressionId }, missing)
    for (const userId of needs.erasedUsers) {
      for (const { key } of await this.rangeOf(impressionPrefix(userId)))
        this.hold({ userId, impressionId: impressionIdOfKey(key) }, missing)
      this.snapshots.loaded(userId, await this.rangeOf(snapshotPrefix(userId)))
    }
    await this.loadImpressions(missing)
    await this.loadForSnapshots(needs.lastOffset)
  }

  /** A user that the slice has loaded, known or not. */
  user(userId: UserId): HeldUser {
    return this.users.get(userId)!
  }

  /** Puts a changed user, and sets the timer it asks for. `timerBefore` is the due time before the change. */
  putUser(held: HeldUser, user: TrackedUser, timerBefore: number): void {
    held.user = user
    this.touch(held)
    const { timerDue } = user.state
    if (timerDue !== 0 && timerDue !== timerBefore) this.timers.add(timerDue, held.userId, null)
  }

  /**
   * What is stored of a user, to be called before a change. Null where the change is not the first of its period, or
   * nothing is kept; else to be given to `putSnapshot` if the change comes about.
   */
  contentForSnapshot(held: HeldUser, offset: number): SnapshotContent | null {
    return this.snapshots.isDue(held, offset) ? this.snapshots.contentOf(held) : null
  }

  putSnapshot(held: HeldUser, moment: SnapshotMoment, content: SnapshotContent): void {
    this.snapshots.put(held, moment, content)
  }

  putImpression(held: HeldUser, impression: PendingImpression): void {
    const { impressionId } = impression
    const found = held.impressions.get(impressionId)
    if (found) {
      found.value = impression
      this.touchImpression(held, found)
    } else {
      const added: HeldImpression = { impressionId, value: impression, dirty: false }
      held.impressions.set(impressionId, added)
      this.touchImpression(held, added)
    }
  }

  /** Puts an impression that has just been shown, with its two timers. */
  addImpression(held: HeldUser, impression: PendingImpression): void {
    const { userId, impressionId } = impression
    this.putImpression(held, impression)
    const { closes, expires } = impressionTimers(impression, this.options.windows)
    this.timers.add(closes, userId, impressionId)
    this.timers.add(expires, userId, impressionId)
  }

  dropImpression(held: HeldUser, impressionId: EventId): void {
    const found = held.impressions.get(impressionId)
    if (!found || found.value === null) return
    found.value = null
    this.touchImpression(held, found)
  }

  /** Forgets a user with all pending impressions and snapshots. Their timers find nothing when they fire. */
  erase(held: HeldUser): void {
    held.user = null
    this.touch(held)
    this.snapshots.erase(held)
    // Sorted, because the order in memory depends on what was cached, and a replay writes the same changelog.
    for (const impressionId of [...held.impressions.keys()].sort()) this.dropImpression(held, impressionId)
  }

  /** Users changed in this slice, in the order of their first change. */
  changedUsers(): readonly HeldUser[] {
    return this.dirtyUsers
  }

  /** Users, impressions and snapshots that the slice changed, as store entries; these are also the changelog. */
  changedEntries(): StoreEntry[] {
    const entries: StoreEntry[] = []
    for (const { userId, user } of this.dirtyUsers) {
      entries.push({ key: userKey(userId), value: user ? encodeUserState(user.state) : null })
    }
    for (const { held, impression } of this.dirtyImpressions) {
      const { impressionId, value } = impression
      const bytes = value === null || value instanceof Uint8Array ? value : encodePendingImpression(value)
      entries.push({ key: impressionKey(held.userId, impressionId), value: bytes })
    }
    entries.push(...this.snapshots.entries())
    return entries
  }

  /** The slice is in the store, and event time stands at `streamTimeMs`: its users and open impressions stay in memory. */
  finish(streamTimeMs: number): void {
    for (const { impression } of this.dirtyImpressions) impression.dirty = false
    const room = this.keptImpressions < this.options.cachedUsers
    for (const held of this.users.values()) {
      held.dirty = false
      if (room) this.dropClosed(held, streamTimeMs)
      else held.impressions.clear()
      if (held.user === null) {
        this.cache.delete(held.userId)
        continue
      }
      this.cache.set(held.userId, held)
      this.keptImpressions += held.impressions.size - held.kept
      held.kept = held.impressions.size
    }
    this.forget()
  }

  /** The slice failed: nothing that it touched may be used again. */
  abandon(): void {
    this.cache.clear()
    this.forget()
  }

  private forget(): void {
    this.users.clear()
    this.dirtyUsers.length = 0
    this.dirtyImpressions.length = 0
    this.timers.clear()
    this.snapshots.clear()
  }

  private touch(held: HeldUser): void {
    if (held.dirty) return
    held.dirty = true
    this.dirtyUsers.push(held)
  }

  private touchImpression(held: HeldUser, impression: HeldImpression): void {
    if (impression.dirty) return
    impression.dirty = true
    this.dirtyImpressions.push({ held, impression })
  }

  /** After its window closes an impression is asked for by few late outcomes: it need not stay. */
  private dropClosed(held: HeldUser, streamTimeMs: number): void {
    const { attributionMs } = this.options.windows
    for (const [impressionId, { value }] of held.impressions) {
      const open =
        value !== null && !(value instanceof Uint8Array) && value.impressionTime + attributionMs > streamTimeMs
      if (!open) held.impressions.delete(impressionId)
    }
  }

  /**
   * Whether the slice shows the impression itself, so that the store has none of it. A redelivered one, which the user
   * remembers, may be in the store.
   */
  private isShown({ userId, impressionId }: ImpressionRef, shown: SliceNeeds['shown']): boolean {
    if (shown.get(impressionId) !== userId) return false
    const known = this.user(userId).user
    return !known || !known.state.recentEventIds.includes(eventHashOf(impressionId))
  }

  /** Makes a place for an impression that is not in memory, and notes that it has to be loaded. */
  private hold(ref: ImpressionRef, missing: ImpressionRef[]): void {
    const { impressions } = this.user(ref.userId)
    if (impressions.has(ref.impressionId)) return
    impressions.set(ref.impressionId, { impressionId: ref.impressionId, value: null, dirty: false })
    missing.push(ref)
  }

  private async dueTimers(afterMs: number, untilMs: number): Promise<Timer[]> {
    const due: Timer[] = []
    let from = afterTimersOf(afterMs)
    const to = afterTimersOf(untilMs)
    for (;;) {
      const entries = await this.options.store.range(from, to, RANGE_CHUNK)
      for (const { key } of entries) due.push(parseTimerKey(key))
      if (entries.length < RANGE_CHUNK) return due
      const last = entries[entries.length - 1].key
      from = new Uint8Array(last.length + 1)
      from.set(last)
    }
  }

  private async loadUsers(userIds: ReadonlySet<UserId>): Promise<void> {
    const missing: UserId[] = []
    for (const userId of userIds) {
      const cached = this.cache.get(userId)
      if (cached) this.users.set(userId, cached)
      else missing.push(userId)
    }
    this.lookups.hits += userIds.size - missing.length
    this.lookups.misses += missing.length
    const keys = missing.map(userKey)
    if (this.snapshots.isOn) keys.push(...missing.map(snapshotPrefix))
    const values = await this.options.store.getMany(keys)
    missing.forEach((userId, i) => {
      const [value, newest] = [values[i], values[missing.length + i]]
      const user = value ? { state: decodeUserState(value), attention: { current: null } } : null
      this.users.set(userId, holdUser(userId, user, newest ? decodeNewestSnapshot(newest) : null))
    })
  }

  /** All impressions of the users of whom the slice may keep a snapshot. */
  private async loadForSnapshots(lastOffset: number): Promise<void> {
    const due = [...this.users.values()].filter((held) => held.user && this.snapshots.isDue(held, lastOffset))
    const stored = await Promise.all(due.map(({ userId }) => this.rangeOf(impressionPrefix(userId))))
    for (const [i, { impressions }] of due.entries()) {
      for (const { key, value } of stored[i]) {
        const impressionId = impressionIdOfKey(key)
        if (!impressions.has(impressionId)) impressions.set(impressionId, { impressionId, value, dirty: false })
      }
    }
  }

  private rangeOf(prefix: Uint8Array) {
    return this.options.store.range(prefix, afterPrefix(prefix), Number.MAX_SAFE_INTEGER)
  }

  private async loadImpressions(refs: readonly ImpressionRef[]): Promise<void> {
    const keys = refs.map(({ userId, impressionId }) => impressionKey(userId, impressionId))
    const values = await this.options.store.getMany(keys)
    values.forEach((value, i) => {
      const { userId, impressionId } = refs[i]
      this.user(userId).impressions.get(impressionId)!.value = value
    })
  }
}
