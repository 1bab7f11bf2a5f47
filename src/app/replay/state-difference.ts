import type { UserId } from '../../core/contracts/ids.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { decodePendingImpression } from '../../core/user-state/pending-impression-codec.ts'
import { decodeUserState, USER_STATE_VERSION } from '../../core/user-state/user-state-codec.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { TOPICS } from '../topics.ts'
import { decodeNewestSnapshot, decodeUserSnapshot } from '../../core/user-state/user-snapshot-codec.ts'
import { impressionIdOfKey, kindOfKey, snapshotPlaceOfKey, userIdOfKey } from '../tracker/state-keys.ts'
import { type FieldDifference, firstField } from './first-field.ts'

/** Where a replay was compared with what is kept. */
export type Place = 'changelog' | 'store' | 'user-states'

/** A user of whom something else is kept than a replay gives. */
export interface StateDifference extends FieldDifference {
  readonly place: Place
  readonly userId: UserId
  /** Of the input record that last changed the user, as the replay has it; else as it was found. */
  readonly source: string | null
}

/** Fields that say with what a state was made, with the words for them. They are looked at before all others. */
const VERSIONS = {
  ruleVersion: 'rule version',
  bundleVersion: 'bundle version',
  embeddingVersion: 'bundle version of the embedding',
} as const

const ABSENT = 'nothing'
const PRESENT = 'a state'

/** The difference of two published states; `replayed` and `found` are their bytes, null for none. Null when equal. */
export function publishedDifference(
  userId: UserId,
  found: Uint8Array | null,
  replayed: Uint8Array | null,
  { userState }: RecordCodecs,
): StateDifference | null {
  if (sameBytes(found, replayed)) return null
  const expected = replayed && userState.decodeOwn(replayed)
  const read = found && userState.decode(found)
  const base = { place: 'user-states' as const, userId, source: expected && sourceText(expected) }
  if (!found || !replayed || !read || !expected) {
    return { ...base, field: 'state', found: found ? PRESENT : ABSENT, replayed: replayed ? PRESENT : ABSENT }
  }
  if (read.kind === 'rejection') {
    const field = schemaIdOf(found) === schemaIdOf(replayed) ? 'record' : 'schema version'
    return {
      ...base,
      field,
      found: `unreadable: ${read.reason}`,
      replayed: `a record of schema ${schemaIdOf(replayed)}`,
    }
  }
  const record = read.record
  for (const [key, field] of Object.entries(VERSIONS) as [keyof typeof VERSIONS, string][]) {
    if (record[key] !== expected[key]) return { ...base, field, found: record[key], replayed: expected[key] }
  }
  const difference = firstField(record, expected)
  if (difference) return { ...base, ...difference }
  // Equal in all that it says: an older schema that lacks nothing is no difference.
  if (schemaIdOf(found) !== schemaIdOf(replayed)) return null
  return { ...base, field: 'bytes', found: 'other bytes', replayed: 'the same values' }
}

/** The difference of two values of a key of a user, an impression or a snapshot in a store or a changelog. Null when equal. */
export function storedDifference(
  place: Place,
  key: Uint8Array,
  found: Uint8Array | null,
  replayed: Uint8Array | null,
  partition: number,
): StateDifference | null {
  if (sameBytes(found, replayed)) return null
  const isUser = kindOfKey(key) === 'user'
  const { what, decode } = formOf(key)
  const expected = replayed && decode(replayed)
  const base = {
    place,
    userId: userIdOfKey(key),
    source:
      expected && 'sourceOffset' in expected
        ? `${TOPICS.interactions}/${partition}@${Number(expected.sourceOffset)}`
        : null,
  }
  if (!found || !expected) {
    return { ...base, field: what, found: found ? PRESENT : ABSENT, replayed: replayed ? PRESENT : ABSENT }
  }
  if (isUser && found[0] !== USER_STATE_VERSION) {
    return { ...base, field: 'schema version', found: found[0], replayed: USER_STATE_VERSION }
  }
  let read: object
  try {
    read = decode(found)
  } catch (error) {
    return { ...base, field: what, found: `unreadable bytes (${String(error)})`, replayed: PRESENT }
  }
  const difference = firstField(read, expected) ?? { field: 'bytes', found: 'other bytes', replayed: 'the same values' }
  return { ...base, ...difference, field: isUser ? difference.field : `${what}: ${difference.field}` }
}

/** What a key's value is called, and how it is read. */
function formOf(key: Uint8Array): { readonly what: string; readonly decode: (bytes: Uint8Array) => object } {
  switch (kindOfKey(key)) {
    case 'impression':
      return { what: `impression ${impressionIdOfKey(key)}`, decode: decodePendingImpression }
    case 'snapshot': {
      const place = snapshotPlaceOfKey(key)
      if (place === null) return { what: 'newest snapshot', decode: decodeNewestSnapshot }
      return { what: `snapshot at place ${place}`, decode: decodeUserSnapshot }
    }
    case 'user':
    case 'timer':
    case 'meta':
      return { what: 'state', decode: decodeUserState }
  }
}

export function sameBytes(first: Uint8Array | null, second: Uint8Array | null): boolean {
  return first && second ? Buffer.compare(first, second) === 0 : first === second
}

/** In Confluent's framing. */
function schemaIdOf(bytes: Uint8Array): number {
  return bytes.length < 5 ? -1 : Buffer.from(bytes).readUInt32BE(1)
}

function sourceText({ source: { topic, partition, offset } }: UserStateRecord): string {
  return `${topic}/${partition}@${offset}`
}
