import type { EventId, ItemId, UserId } from './ids.ts'

/** `impression` opens a trial; every other type is an outcome of an earlier impression. */
export const EVENT_TYPES = [
  'impression',
  'click',
  'stay',
  'order',
  'like',
  'follow',
  'comment',
  'share',
  'profile_enter',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

export type FeatureMap = Readonly<Record<string, string>>

/**
 * One interaction of a user with an item (schemas/interaction.v1.avsc).
 *
 * A wide row is an impression with `outcomes`: the outcome types it already knows, each with its value (1 for a plain
 * event, milliseconds for `stay`). An impression without `outcomes` waits for separate outcome events, which name it
 * in `impressionId`.
 */
export interface Interaction {
  readonly eventId: EventId
  readonly userId: UserId
  readonly itemId: ItemId
  readonly type: EventType
  /** Unix milliseconds, event time. */
  readonly eventTime: number
  /** On outcomes: the event id of the impression they belong to. */
  readonly impressionId?: EventId
  /** On outcomes: the amount, for example the stay in milliseconds. */
  readonly value?: number
  readonly outcomes?: Readonly<Record<string, number>>
  readonly context: FeatureMap
  readonly userFeatures?: FeatureMap
  readonly itemFeatures?: FeatureMap
}
