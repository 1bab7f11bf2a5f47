import { LRUCache } from 'lru-cache'
import TinyQueue from 'tinyqueue'
import type { EventId, UserId } from '../../core/contracts/ids.ts'
import type { TrackedUser } from '../../core/track-user.ts'
import {
  decodePendingImpression,
  encodePendingImpression,
  impressionTimeOf,
} from '../../core/user-state/pending-impression-codec.ts'
import {
  impressionTimers,
  type JoinerWindows,
  type PendingImpression,
} from '../../core/user-state/pending-impression.ts'
import { decodeUserState, encodeUserState } from '../../core/user-state/user-state-codec.ts'
import type { StateStore, StoreEntry } from '../../io/store/state-store.ts'
import {
  afterPrefix,
  impressionKey,
  impressionPrefix,
  parseTimerKey,
  type Timer,
  timerKey,
  afterTimersOf,
  userKey,
} from './state-keys.ts'

/** Timers fire in this order, wherever they were set. */
function compareTimers(a: Timer, b: Timer): number {
  if (a.due !== b.due) return a.due - b.due
  if (a.userId !== b.userId) return a.userId < b.userId ? -1 : 1
  const first = a.impressionId ?? ''
  const second = b.impressionId ?? ''
  return first < second ? -1 : first > second ? 1 : 0
}

const RANGE_CHUNK = 4096

interface ImpressionRef {
  readonly userId: UserId
  readonly impressionId: EventId
}

/** What a slice is about to touch, so that it can be loaded in one go. */
export interface SliceNeeds {
  readonly users: Iterable<UserId>
  readonly impressions: Iterable<ImpressionRef>
  readonly erasedUsers: Iterable<UserId>
  /** Timers up to here have fired. */
  readonly afterMs: number
  /** Latest event time in the slice. */
  readonly untilMs: number
}

/**
 * Users, impressions and timers of one partition while a slice is folded: loaded ahead from the store, changed in
 * memory, and handed back as one batch. Committed users stay cached with their extractor sums.
 */
export class WorkingSet {
  private readonly store: StateStore
  private readonly cache: LRUCache<UserId, TrackedUser>
  private readonly users = new Map<UserId, TrackedUser | null>()
  /** By refText; bytes as they came from the store until somebody asks. */
  private readonly impressions = new Map<string, PendingImpression | Uint8Array | null>()
  private readonly dirtyUsers = new Set<UserId>()
  private readonly dirtyImpressions = new Map<string, ImpressionRef>()
  /** Timers that can fire in this slice, the loaded ones and those it sets. */
  private timers = new TinyQueue<Timer>([], compareTimers)
  private readonly setTimers = new Set<Timer>()
  private readonly firedTimers: Timer[] = []
  private untilMs = 0

  constructor(store: StateStore, cachedUsers: number) {
    this.store = store
    this.cache = new LRUCache({ max: cachedUsers })
  }

  async load(needs: SliceNeeds): Promise<void> {
    this.untilMs = needs.untilMs
    const users = new Set(needs.users)
    const impressions = new Map<string, ImpressionRef>()
    for (const ref of needs.impressions) impressions.set(refText(ref), ref)
    for (const timer of await this.dueTimers(needs.afterMs, needs.untilMs)) {
      this.timers.push(timer)
      if (timer.impressionId === null) users.add(timer.userId)
      else impressions.set(refText(timer as ImpressionRef), timer as ImpressionRef)
    }
    for (const userId of needs.erasedUsers) {
      users.add(userId)
      const prefix = impressionPrefix(userId)
      const kept = await this.store.range(prefix, afterPrefix(prefix), Number.MAX_SAFE_INTEGER)
      for (const { value } of kept) {
        const { impressionId } = decodePendingImpression(value)
        impressions.set(refText({ userId, impressionId }), { userId, impressionId })
      }
    }
    await this.loadUsers(users)
    await this.loadImpressions(impressions)
  }

  user(userId: UserId): TrackedUser | null {
    return this.users.get(userId) ?? null
  }

  /** Puts a changed user, and sets the timer it asks for. `timerBefore` is the due time before the change. */
  putUser(user: TrackedUser, timerBefore: number): void {
    const { userId, timerDue } = user.state
    this.users.set(userId, user)
    this.dirtyUsers.add(userId)
    if (timerDue !== 0 && timerDue !== timerBefore) this.setTimer({ due: timerDue, userId, impressionId: null })
  }

  impression(userId: UserId, impressionId: EventId): PendingImpression | null {
    const text = refText({ userId, impressionId })
    const held = this.impressions.get(text) ?? null
    if (!(held instanceof Uint8Array)) return held
    const impression = decodePendingImpression(held)
    this.impressions.set(text, impression)
    return impression
  }

  /** Time of a kept impression, cheaper than the impression; null when there is none. */
  impressionTime(userId: UserId, impressionId: EventId): number | null {
    const held = this.impressions.get(refText({ userId, impressionId })) ?? null
    if (held === null) return null
    return held instanceof Uint8Array ? impressionTimeOf(held) : held.impressionTime
  }

  putImpression(impression: PendingImpression): void {
    const { userId, impressionId } = impression
    const text = refText(impression)
    this.impressions.set(text, impression)
    this.dirtyImpressions.set(text, { userId, impressionId })
  }

  /** Puts an impression that has just been shown, with its two timers. */
  addImpression(impression: PendingImpression, windows: JoinerWindows): void {
    const { userId, impressionId } = impression
    this.putImpression(impression)
    const { closes, expires } = impressionTimers(impression, windows)
    this.setTimer({ due: closes, userId, impressionId })
    this.setTimer({ due: expires, userId, impressionId })
  }

  dropImpression(ref: ImpressionRef): void {
    const text = refText(ref)
    this.impressions.set(text, null)
    this.dirtyImpressions.set(text, { userId: ref.userId, impressionId: ref.impressionId })
  }

  /** Forgets a user with all pending impressions. Their timers find nothing when they fire. */
  erase(userId: UserId): void {
    this.users.set(userId, null)
    this.dirtyUsers.add(userId)
    this.cache.delete(userId)
    const prefix = refText({ userId, impressionId: '' as EventId })
    // Dropping replaces a value and adds no key.
    for (const text of this.impressions.keys()) {
      if (text.startsWith(prefix)) this.dropImpression({ userId, impressionId: text.slice(prefix.length) as EventId })
    }
  }

  /** Next timer due at or before a stream time, or null. */
  nextTimer(streamTimeMs: number): Timer | null {
    const first = this.timers.peek()
    if (!first || first.due > streamTimeMs) return null
    // A timer that was set twice fires once.
    for (let next: Timer | undefined = first; next && compareTimers(first, next) === 0; next = this.timers.peek()) {
      this.timers.pop()
      // Set in this slice: it never reaches the store.
      if (!this.setTimers.delete(next)) this.firedTimers.push(next)
    }
    return first
  }

  /** Users changed in this slice, in the order of their first change; null for an erased one. */
  *changedUsers(): Iterable<[UserId, TrackedUser | null]> {
    for (const userId of this.dirtyUsers) yield [userId, this.users.get(userId) ?? null]
  }

  /** Users and impressions that the slice changed, as store entries; these are also the changelog. */
  changedEntries(): StoreEntry[] {
    const entries: StoreEntry[] = []
    for (const [userId, user] of this.changedUsers()) {
      entries.push({ key: userKey(userId), value: user ? encodeUserState(user.state) : null })
    }
    for (const [text, { userId, impressionId }] of this.dirtyImpressions) {
      const held = this.impressions.get(text) ?? null
      const value = held === null || held instanceof Uint8Array ? held : encodePendingImpression(held)
      entries.push({ key: impressionKey(userId, impressionId), value })
    }
    return entries
  }

  /** Timers that the slice set or used up, as store entries. */
  timerEntries(): StoreEntry[] {
    return [
      ...this.firedTimers.map((timer) => ({ key: timerKey(timer), value: null })),
      ...[...this.setTimers].map((timer) => ({ key: timerKey(timer), value: EMPTY })),
    ]
  }

  /** The slice is in the store: changed users become cached ones, the rest is let go. */
  finish(): void {
    for (const [userId, user] of this.users) if (user) this.cache.set(userId, user)
    this.forget()
  }

  /** The slice failed: nothing that it touched may be used again. */
  abandon(): void {
    this.cache.clear()
    this.forget()
  }

  private forget(): void {
    this.users.clear()
    this.impressions.clear()
    this.dirtyUsers.clear()
    this.dirtyImpressions.clear()
    this.timers = new TinyQueue<Timer>([], compareTimers)
    this.setTimers.clear()
    this.firedTimers.length = 0
  }

  private setTimer(timer: Timer): void {
    this.setTimers.add(timer)
    if (timer.due <= this.untilMs) this.timers.push(timer)
  }

  private async dueTimers(afterMs: number, untilMs: number): Promise<Timer[]> {
    const due: Timer[] = []
    let from = afterTimersOf(afterMs)
    const to = afterTimersOf(untilMs)
    for (;;) {
      const entries = await this.store.range(from, to, RANGE_CHUNK)
      for (const { key } of entries) due.push(parseTimerKey(key))
      if (entries.length < RANGE_CHUNK) return due
      const last = entries[entries.length - 1].key
      from = new Uint8Array(last.length + 1)
      from.set(last)
    }
  }

  private async loadUsers(userIds: Iterable<UserId>): Promise<void> {
    const missing: UserId[] = []
    for (const userId of userIds) {
      const cached = this.cache.get(userId)
      if (cached) this.users.set(userId, cached)
      else missing.push(userId)
    }
    const values = await this.store.getMany(missing.map(userKey))
    values.forEach((value, i) => {
      this.users.set(missing[i], value ? { state: decodeUserState(value), attention: { current: null } } : null)
    })
  }

  private async loadImpressions(refs: ReadonlyMap<string, ImpressionRef>): Promise<void> {
    const wanted = [...refs]
    const values = await this.store.getMany(wanted.map(([, ref]) => impressionKey(ref.userId, ref.impressionId)))
    values.forEach((value, i) => {
      this.impressions.set(wanted[i][0], value)
    })
  }
}

const EMPTY = new Uint8Array(0)

/** The id's length comes first: ids may hold any character. */
function refText({ userId, impressionId }: ImpressionRef): string {
  return `${userId.length} ${userId}${impressionId}`
}
