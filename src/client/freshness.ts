import type { PublishedState } from './published-state.ts'

/**
 * Why an answer cannot be trusted. `behind`: the view does not hold all that has been published, or is cut off from it.
 * `silent`: no user has had an event for too long, so the tracker may be down. `unreadable`: the user's latest record
 * could not be read. `old`: the user's own latest event is too long ago. `not-kept`: the view was told not to keep this
 * user, or had no room.
 */
export const STALE_REASONS = ['not-kept', 'behind', 'silent', 'unreadable', 'old'] as const
export type StaleReason = (typeof STALE_REASONS)[number]

/** What a state must be to count as fresh, and what happens to one that is not. Durations in ms. */
export interface FreshnessContract {
  /** The view holds everything that had been published at most so long ago. Default 30,000. */
  readonly maxLagMs?: number
  /** The newest event of any user is at most so old. Default: no limit. */
  readonly maxSilenceMs?: number
  /** The user's own latest event is at most so old. Default: no limit, since the latest state of a quiet user holds. */
  readonly maxAgeMs?: number
  /** `refuse` throws LifecycleError `stale-state`; `mark` answers with kind `stale`. Default `refuse`. */
  readonly onStale?: 'refuse' | 'mark'
}

/** What a view answers about a user. */
export type StateAnswer =
  | { readonly kind: 'fresh'; readonly state: PublishedState; readonly ageMs: number }
  /** `state` is the last one known, null when there is none; `ageMs` is the time since its event. */
  | {
      readonly kind: 'stale'
      readonly reason: StaleReason
      readonly state: PublishedState | null
      readonly ageMs: number | null
    }
  /** The view is fresh and there is no such user. */
  | { readonly kind: 'unknown' }

/** How fresh a view is. */
export interface Freshness {
  /** Users in the view. */
  readonly users: number
  /** Unix ms up to which the view holds everything that had been published; null before it has read to the end. */
  readonly completeAtMs: number | null
  /** Time since then, Infinity before. */
  readonly lagMs: number
  /** Newest event time of any state that has come, unix ms; null when none has. */
  readonly newestEventTimeMs: number | null
  readonly isStale: boolean
}
