import type { ReadRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { TOPICS } from '../topics.ts'
import { kindOfKey, userIdOfKey } from '../tracker/state-keys.ts'
import { mentionsId } from './mentions-id.ts'

const decoder = new TextDecoder()

/**
 * Which of the users a record of a topic is about; null for none of them. A record with a user's key is theirs, and so is
 * an interaction that names them under another key. Dead letters are bytes as they came: see `isLetterOf`.
 */
export function userOfRecord(
  topic: string,
  record: ReadRecord,
  users: ReadonlyMap<string, Uint8Array>,
  codecs: RecordCodecs,
): string | null {
  const { key, value } = record
  switch (topic) {
    case TOPICS.modelBundles:
      return null
    case TOPICS.checkpoints:
      return null
    case TOPICS.changelog: {
      const kind = kindOfKey(key!)
      return kind === 'meta' ? null : known(userIdOfKey(key!), users)
    }
    case TOPICS.deadLetters:
      for (const [user, id] of users) if (isLetterOf(record, user, id)) return user
      return null
    default: {
      const own = key === null ? null : known(decoder.decode(key), users)
      if (own !== null || value === null || topic !== TOPICS.interactions) return own
      const decoded = codecs.interaction.decode(value)
      return decoded.kind === 'record' ? known(decoded.record.userId, users) : null
    }
  }
}

/** The key, the field or first column that names the user, or, in bytes of no known form, the id anywhere. */
function isLetterOf({ key, value, headers }: ReadRecord, user: string, id: Uint8Array): boolean {
  if (key !== null && Buffer.compare(key, id) === 0) return true
  if (Object.values(headers ?? {}).some((header) => mentionsId(header, id))) return true
  if (value === null) return false
  const text = decoder.decode(value).trim()
  if (text.startsWith('{')) {
    const fields = fieldsOf(text)
    if (fields) return [fields.userId, fields.user_id].some((held) => String(held) === user)
  }
  return text.split(',', 1)[0] === user || mentionsId(value, id)
}

function fieldsOf(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}

function known(user: string, users: ReadonlyMap<string, Uint8Array>): string | null {
  return users.has(user) ? user : null
}
