import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { readLevelFile } from '../../io/level/read-level-file.ts'
import type { StoredEntry } from '../../io/level/read-table.ts'
import { readLogEntry } from '../../io/log/read-log-entry.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { encodeId } from '../encode-id.ts'
import { VIEW } from '../serving/view/view-name.ts'
import { TOPICS } from '../topics.ts'
import { mentionsId } from './mentions-id.ts'
import { userOfStoreKey } from './user-of-store-key.ts'
import { userOfRecord } from './users-of-record.ts'

/** A place that still knows a user. */
export interface Trace {
  /** File, relative to the data folder. */
  readonly file: string
  /** What in it, for example `interactions/0@12` or `a key of a store`. */
  readonly place: string
}

/**
 * Looks for a user in every file of a data folder, as the bytes lie there: also in entries that LevelDB has superseded
 * and not yet dropped. Opens no database, so that it changes nothing. Compressed tables are decompressed, records decoded.
 */
export async function* auditFolder(folder: string, user: string, codecs: RecordCodecs): AsyncGenerator<Trace> {
  const id = encodeId(user)
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const topicNames = await topicNamesOf(files)
  for (const path of files.toSorted()) {
    const file = relative(folder, path)
    const held = await readLevelFile(path)
    if (held === null) continue
    const [part] = file.split(sep)
    for (const entry of held.entries) {
      const place =
        part === 'log' ? placeInLog(entry, user, id, topicNames, codecs) : placeInStore(part, entry, user, id)
      if (place !== null) yield { file, place }
    }
    for (const piece of held.pieces) if (mentionsId(piece, id)) yield { file, place: 'its bytes' }
  }
}

function placeInLog(
  { key, value }: StoredEntry,
  user: string,
  id: Uint8Array,
  topicNames: ReadonlyMap<number, string>,
  codecs: RecordCodecs,
): string | null {
  const batch = readLogEntry(key, value)
  if (batch?.kind !== 'batch') return mentionsId(key, id) || mentionsId(value, id) ? 'an entry of the log' : null
  const topic = topicNames.get(batch.topicId) ?? ''
  const users = new Map([[user, id]])
  for (const record of batch.records) {
    const isTheirs = userOfRecord(topic, record, users, codecs) !== null
    // Bytes that are no record of a schema, and headers.
    const isOpaque = topic === TOPICS.checkpoints || topic === TOPICS.modelBundles
    const isNamed =
      (isOpaque && record.value !== null && mentionsId(record.value, id)) ||
      Object.values(record.headers ?? {}).some((header) => mentionsId(header, id))
    if (isTheirs || isNamed) return `${topic}/${batch.partition}@${record.offset}`
  }
  return null
}

/** In the key, which says whose entry it is; else in the bytes of both. */
function placeInStore(part: string, { key, value }: StoredEntry, user: string, id: Uint8Array): string | null {
  const owner = userOfStoreKey(part.startsWith(VIEW) ? 'view' : 'tracker', key)
  if (owner !== null) return owner === user ? 'a key of the store' : null
  return mentionsId(key, id) || mentionsId(value, id) ? 'an entry of the store' : null
}

/** By the ids that stand for them in the keys of the log. */
async function topicNamesOf(files: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const topicNames = new Map<number, string>()
  for (const path of files.filter((file) => file.includes(`${sep}log${sep}`))) {
    for (const { key, value } of (await readLevelFile(path))?.entries ?? []) {
      const entry = readLogEntry(key, value)
      if (entry?.kind === 'topic') topicNames.set(entry.topicId, entry.name)
    }
  }
  return topicNames
}
