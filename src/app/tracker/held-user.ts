import type { EventId, UserId } from '../../core/contracts/ids.ts'
import type { TrackedUser } from '../../core/track-user.ts'
import type { NewestSnapshot } from '../../core/user-state/user-snapshot-codec.ts'
import { decodePendingImpression, impressionTimeOf } from '../../core/user-state/pending-impression-codec.ts'
import type { PendingImpression } from '../../core/user-state/pending-impression.ts'

/** An impression in memory; bytes as they came from the store until somebody asks, null when it is forgotten. */
export interface HeldImpression {
  readonly impressionId: EventId
  value: PendingImpression | Uint8Array | null
  /** Changed in this slice. */
  dirty: boolean
}

/** A user in memory, with those of their pending impressions that are in memory too. */
export interface HeldUser {
  readonly userId: UserId
  /** Null while the user is unknown, and after an erasure. */
  user: TrackedUser | null
  /** Changed in this slice. */
  dirty: boolean
  readonly impressions: Map<EventId, HeldImpression>
  /** How many of the impressions stay in memory between slices. */
  kept: number
  /** Null before the first snapshot. */
  newestSnapshot: NewestSnapshot | null
}

export function holdUser(
  userId: UserId,
  user: TrackedUser | null,
  newestSnapshot: NewestSnapshot | null = null,
): HeldUser {
  return { userId, user, dirty: false, impressions: new Map(), kept: 0, newestSnapshot }
}

/** The impression of an id, decoded; null when there is none. */
export function heldImpression(held: HeldUser, impressionId: EventId): PendingImpression | null {
  const found = held.impressions.get(impressionId)
  if (!found) return null
  const { value } = found
  if (!(value instanceof Uint8Array)) return value
  const impression = decodePendingImpression(value)
  found.value = impression
  return impression
}

/** Time of an impression, cheaper than the impression; null when there is none. */
export function heldImpressionTime(held: HeldUser, impressionId: EventId): number | null {
  const value = held.impressions.get(impressionId)?.value ?? null
  if (value === null) return null
  return value instanceof Uint8Array ? impressionTimeOf(value) : value.impressionTime
}
