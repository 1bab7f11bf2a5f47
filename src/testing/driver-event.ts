import type { EventId, ItemId, UserId } from '../core/contracts/ids.ts'
import type { EventType, FeatureMap, Interaction } from '../core/contracts/interaction.ts'

/** An interaction of which only the user must be said. */
export interface DriverEvent {
  readonly userId: string
  /** Default `impression`. */
  readonly type?: EventType
  /** Unix ms. Default: the driver's clock. */
  readonly eventTime?: number
  /** Default: `event-1`, `event-2` and so on. */
  readonly eventId?: string
  /** Default: that of the impression, or `item-1`. */
  readonly itemId?: string
  /** Of an outcome. Default: the latest impression of the user that was sent, of the item where one is named. */
  readonly impressionId?: string
  /** Of an outcome, for example the stay in ms. */
  readonly value?: number
  /** Of an impression that brings its outcomes along. */
  readonly outcomes?: Readonly<Partial<Record<EventType, number>>>
  readonly context?: FeatureMap
  readonly userFeatures?: FeatureMap
  readonly itemFeatures?: FeatureMap
}

interface SentImpression {
  readonly eventId: EventId
  readonly itemId: ItemId
}

/** Fills in what events leave out. */
export class EventCompleter {
  #sent = 0
  /** By user, the latest last. */
  readonly #impressions = new Map<string, SentImpression[]>()

  /** Throws TypeError for an outcome of a user without an impression, where it names none. */
  complete(event: DriverEvent, nowMs: number): Interaction {
    const { userId, type = 'impression', eventTime = nowMs, context = {}, itemId: item, ...rest } = event
    const impression = type === 'impression' ? null : this.#impressionOf(event)
    const impressionId = impression?.eventId ?? (event.impressionId as EventId | undefined)
    const interaction: Interaction = {
      ...(rest as Omit<typeof rest, 'outcomes'> & { outcomes?: Readonly<Record<string, number>> }),
      eventId: (event.eventId ?? `event-${++this.#sent}`) as EventId,
      userId: userId as UserId,
      itemId: (item ?? impression?.itemId ?? 'item-1') as ItemId,
      type,
      eventTime,
      context,
      impressionId,
    }
    if (type === 'impression') this.#remember(interaction)
    return interaction
  }

  #impressionOf({ userId, type, itemId, impressionId }: DriverEvent): SentImpression | null {
    const sent = this.#impressions.get(userId) ?? []
    const found = sent.findLast((impression) =>
      impressionId === undefined
        ? itemId === undefined || impression.itemId === itemId
        : impression.eventId === impressionId,
    )
    if (found || impressionId !== undefined) return found ?? null
    const what = itemId === undefined ? '' : ` of ${itemId}`
    throw new TypeError(
      `Cannot send ${type} of ${userId}: no impression${what} was sent before; name one in impressionId`,
    )
  }

  #remember({ userId, eventId, itemId }: Interaction): void {
    const sent = this.#impressions.get(userId)
    if (sent) sent.push({ eventId, itemId })
    else this.#impressions.set(userId, [{ eventId, itemId }])
  }
}
