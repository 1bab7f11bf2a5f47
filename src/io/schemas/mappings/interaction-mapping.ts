import type { EventId } from '../../../core/contracts/ids.ts'
import type { FeatureMap, Interaction } from '../../../core/contracts/interaction.ts'
import { EVENT_TYPES } from '../../../core/contracts/interaction.ts'
import type { RecordMapping } from '../record-mapping.ts'
import { RejectedRecord } from '../rejected-record.ts'

interface InteractionBody extends Omit<
  Interaction,
  'type' | 'impressionId' | 'value' | 'outcomes' | 'userFeatures' | 'itemFeatures'
> {
  readonly type: string
  readonly impressionId: EventId | null
  readonly value: number | null
  readonly outcomes: Readonly<Record<string, number>> | null
  readonly userFeatures: FeatureMap | null
  readonly itemFeatures: FeatureMap | null
}

/** Checks the event type only; the rest is for parse-interaction in the core. */
export const INTERACTION_MAPPING: RecordMapping<Interaction, InteractionBody> = {
  schema: 'interaction',

  // avsc writes the default, null, for an undefined field.
  toBody: (record) => record,

  fromBody: (body) => {
    const type = EVENT_TYPES.find((known) => known === body.type)
    if (type === undefined) {
      const reason = `type is ${JSON.stringify(body.type)}, not one of ${EVENT_TYPES.join(', ')}`
      throw new RejectedRecord('unknown-event-type', 'type', reason)
    }
    return {
      eventId: body.eventId,
      userId: body.userId,
      itemId: body.itemId,
      type,
      eventTime: body.eventTime,
      impressionId: body.impressionId ?? undefined,
      value: body.value ?? undefined,
      outcomes: body.outcomes ?? undefined,
      context: body.context,
      userFeatures: body.userFeatures ?? undefined,
      itemFeatures: body.itemFeatures ?? undefined,
    }
  },
}
