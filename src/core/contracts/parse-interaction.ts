import type { DeadLetterCause } from './dead-letter.ts'
import type { EventId, ItemId, UserId } from './ids.ts'
import { INTERACTION_LIMITS as LIMITS } from './interaction-limits.ts'
import type { EventType, FeatureMap, Interaction } from './interaction.ts'
import { EVENT_TYPES } from './interaction.ts'
import type { Rejection } from './rejection.ts'

export type ParsedInteraction = { readonly kind: 'interaction'; readonly interaction: Interaction } | Rejection

const KNOWN_TYPES: ReadonlySet<unknown> = new Set(EVENT_TYPES)

/** Carries the rejection from the rule that found it to parseInteraction, and no further. */
class Refusal {
  readonly rejection: Rejection

  constructor(cause: DeadLetterCause, field: string, reason: string) {
    this.rejection = { kind: 'rejection', cause, field, reason }
  }
}

/**
 * The one place where an unknown value becomes an Interaction. An absent optional field may be missing, undefined or
 * null; an absent context is empty; unknown fields are left out. Feature maps are taken over, not copied.
 */
export function parseInteraction(value: unknown): ParsedInteraction {
  try {
    return { kind: 'interaction', interaction: interactionOf(value) }
  } catch (error) {
    if (error instanceof Refusal) return error.rejection
    throw error
  }
}

function interactionOf(value: unknown): Interaction {
  if (!isRecord(value)) throw new Refusal('unreadable-record', '', `the record is ${describe(value)}, not an object`)
  const type = typeOf(value.type)
  const impressionId = isAbsent(value.impressionId) ? undefined : (idOf(value.impressionId, 'impressionId') as EventId)
  const interaction: Interaction = {
    eventId: idOf(value.eventId, 'eventId') as EventId,
    userId: idOf(value.userId, 'userId') as UserId,
    itemId: idOf(value.itemId, 'itemId') as ItemId,
    type,
    eventTime: timeOf(value.eventTime),
    impressionId,
    value: isAbsent(value.value) ? undefined : amountOf(value.value, 'value'),
    outcomes: isAbsent(value.outcomes) ? undefined : outcomesOf(value.outcomes),
    context: isAbsent(value.context) ? {} : featuresOf(value.context, 'context'),
    userFeatures: isAbsent(value.userFeatures) ? undefined : featuresOf(value.userFeatures, 'userFeatures'),
    itemFeatures: isAbsent(value.itemFeatures) ? undefined : featuresOf(value.itemFeatures, 'itemFeatures'),
  }
  if (type !== 'impression' && impressionId === undefined) {
    throw new Refusal('missing-field', 'impressionId', `a ${type} must name its impression in impressionId`)
  }
  return interaction
}

function typeOf(value: unknown): EventType {
  if (isAbsent(value)) throw missing('type')
  if (typeof value !== 'string') throw wrongType('type', value, 'text')
  if (!KNOWN_TYPES.has(value)) {
    throw new Refusal('unknown-event-type', 'type', `type is ${describe(value)}, not one of ${EVENT_TYPES.join(', ')}`)
  }
  return value as EventType
}

function idOf(value: unknown, field: string): string {
  if (isAbsent(value)) throw missing(field)
  const id = textOf(value, field, LIMITS.idLength)
  if (id === '') throw new Refusal('missing-field', field, `${field} is empty`)
  return id
}

function timeOf(value: unknown): number {
  if (isAbsent(value)) throw missing('eventTime')
  if (typeof value !== 'number') throw wrongType('eventTime', value, 'a number of unix milliseconds')
  if (!Number.isInteger(value) || value < LIMITS.earliestTime || value >= LIMITS.endOfTime) {
    const reason = `eventTime is ${value}, not whole unix milliseconds from 1990 to 2100`
    throw new Refusal('out-of-range', 'eventTime', reason)
  }
  return value
}

function amountOf(value: unknown, field: string): number {
  if (typeof value !== 'number') throw wrongType(field, value, 'a number')
  if (!Number.isFinite(value) || value < 0) {
    throw new Refusal('out-of-range', field, `${field} is ${value}, not a finite number of 0 or more`)
  }
  return value
}

function outcomesOf(value: unknown): Readonly<Record<string, number>> {
  if (!isRecord(value)) throw wrongType('outcomes', value, 'an object of numbers')
  for (const name of Object.keys(value)) {
    if (name === 'impression' || !KNOWN_TYPES.has(name)) {
      throw new Refusal('unknown-event-type', 'outcomes', `outcomes has ${describe(name)}, which is no outcome type`)
    }
    amountOf(value[name], `outcomes.${name}`)
  }
  return value as Record<string, number>
}

function featuresOf(value: unknown, field: string): FeatureMap {
  if (!isRecord(value)) throw wrongType(field, value, 'an object of text values')
  const names = Object.keys(value)
  if (names.length > LIMITS.featuresPerMap) {
    throw new Refusal('too-long', field, `${field} has ${names.length} entries, more than ${LIMITS.featuresPerMap}`)
  }
  for (const name of names) {
    textOf(name, field, LIMITS.featureLength, `a name in ${field}`)
    // As a key of a plain object it would set the prototype and vanish.
    if (name === '' || name === '__proto__') {
      throw new Refusal('out-of-range', field, `${field} has the name ${describe(name)}, which is not allowed`)
    }
    textOf(value[name], `${field}.${name}`, LIMITS.featureLength)
  }
  return value as FeatureMap
}

/** `subject` is what the reason speaks of. */
function textOf(value: unknown, field: string, maxLength: number, subject = field): string {
  if (typeof value !== 'string') throw wrongType(field, value, 'text')
  if (value.length > maxLength) {
    throw new Refusal('too-long', field, `${subject} has ${value.length} characters, more than ${maxLength}`)
  }
  if (!value.isWellFormed()) {
    throw new Refusal('invalid-utf8', field, `${subject} has half of a surrogate pair, which is no text`)
  }
  return value
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function missing(field: string): Refusal {
  return new Refusal('missing-field', field, `${field} is missing`)
}

function wrongType(field: string, value: unknown, wanted: string): Refusal {
  return new Refusal('wrong-type', field, `${field} is ${describe(value)}, not ${wanted}`)
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value))
  if (value === null || typeof value !== 'object') return String(value)
  return Array.isArray(value) ? 'an array' : 'an object'
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
