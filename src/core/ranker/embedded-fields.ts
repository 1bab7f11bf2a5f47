import type { FeatureMap } from '../contracts/interaction.ts'
import type { TrainingExample } from '../contracts/training-example.ts'

export const SPARSE_SOURCES = ['id', 'context', 'user', 'item', 'state'] as const
/**
 * Where a sparse value comes from: an id (`user` or `item`), one of the example's three feature maps, or the user's
 * state: `stage`, the most probable one at the impression, which is not held back by hysteresis.
 */
export type SparseSource = (typeof SPARSE_SOURCES)[number]

export interface SparseField {
  readonly source: SparseSource
  readonly name: string
}

/** A sparse field, or a cross of several: what has an embedding table. */
export interface EmbeddedField {
  /** `source:name`, those of a cross with ` x ` between them. */
  readonly name: string
  readonly parts: readonly SparseField[]
}

/** The part of the ranker's settings that says what is embedded. */
export interface FieldChoice {
  readonly sparseFields: readonly SparseField[]
  readonly crosses: readonly (readonly SparseField[])[]
  readonly stateFeatures: boolean
}

/** The fields and then the crosses. What reads the stage is left out where the right branch does not read the state. */
export function embeddedFields({ sparseFields, crosses, stateFeatures }: FieldChoice): EmbeddedField[] {
  return [...sparseFields.map((field) => [field]), ...crosses]
    .filter((parts) => stateFeatures || parts.every(({ source }) => source !== 'state'))
    .map((parts) => ({ name: parts.map(fieldName).join(' x '), parts }))
}

export function fieldName({ source, name }: SparseField): string {
  return `${source}:${name}`
}

/**
 * The example's value of a field; a missing feature is a value of its own, the empty string. That of a cross is its
 * parts, each behind its length, so that no two pairs make one text, and with a comma behind it, so that an id stands
 * there as a word of its own for who looks for it (cross-product transformation: Cheng et al., DLRS 2016, equation 1).
 */
export function embeddedValue(example: TrainingExample, { parts }: EmbeddedField): string {
  if (parts.length === 1) return sparseValue(example, parts[0])
  let value = ''
  for (const part of parts) {
    const text = sparseValue(example, part)
    value += `${text.length}:${text},`
  }
  return value
}

/** Whether the field's values hold users' ids. */
export function holdsUsers({ parts }: EmbeddedField): boolean {
  return parts.some(isUser)
}

/** The user's id in a value of a field that `holdsUsers`. */
export function userOf({ parts }: EmbeddedField, value: string): string {
  if (parts.length === 1) return value
  const place = parts.findIndex(isUser)
  let at = 0
  for (let i = 0; ; i++) {
    const colon = value.indexOf(':', at)
    const end = colon + 1 + Number(value.slice(at, colon))
    if (i === place) return value.slice(colon + 1, end)
    at = end + 1
  }
}

function isUser({ source, name }: SparseField): boolean {
  return source === 'id' && name === 'user'
}

function sparseValue(example: TrainingExample, { source, name }: SparseField): string {
  if (source === 'id') return name === 'user' ? example.userId : example.itemId
  if (source === 'state') return example.stage
  return featuresOf(example, source)[name] ?? ''
}

function featuresOf(example: TrainingExample, source: 'context' | 'user' | 'item'): FeatureMap {
  if (source === 'context') return example.context
  return source === 'user' ? example.userFeatures : example.itemFeatures
}
