import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { encodeId } from '../encode-id.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { mentionsId } from './mentions-id.ts'
import type { Trace } from './audit-folder.ts'
import { userOfRecord } from './users-of-record.ts'

/**
 * Looks for a user in every topic of a log that lies elsewhere. Tombstones count too: they go when their broker's
 * retention takes them.
 */
export async function* auditLog(log: Log, user: string, codecs: RecordCodecs): AsyncGenerator<Trace> {
  const id = encodeId(user)
  const users = new Map([[user, id]])
  for (const { name } of log.topics()) {
    for await (const record of readTopic(log, name)) {
      if (name === TOPICS.interactions) await codecs.interaction.prepare([record.value])
      const isOpaque = name === TOPICS.checkpoints
      const isNamed = isOpaque && record.value !== null && mentionsId(record.value, id)
      if (!isNamed && userOfRecord(name, record, users, codecs) === null) continue
      yield { file: name, place: `${name}/${record.partition}@${record.offset}` }
    }
  }
}
