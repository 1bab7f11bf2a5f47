import type { UserId } from '../../core/contracts/ids.ts'
import type { Log } from '../../io/log/log.ts'
import { readTopic } from '../report/read-topic.ts'
import { partitionOf } from '../partition-of.ts'
import { TOPICS } from '../topics.ts'
import { passingStore, type World } from '../wire.ts'
import { HistoryReader } from './history-reader.ts'
import { UserPast } from './user-past.ts'

/** The past of a user, from the log alone. */
export async function replayUser({ log, codecs }: Pick<World, 'log' | 'codecs'>, user: string): Promise<UserPast> {
  const history = new HistoryReader(log, await partitionOfUser(log, user))
  return new UserPast({ log, codecs, history, userId: user as UserId, store: passingStore })
}

/** Producers of their own may partition otherwise: where there is a published state, its partition is the user's. */
async function partitionOfUser(log: Log, user: string): Promise<number> {
  const key = Buffer.from(user)
  for await (const record of readTopic(log, TOPICS.userStates)) {
    if (record.key && Buffer.compare(record.key, key) === 0) return record.partition
  }
  const partitions = log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 1
  return partitionOf(user, partitions)
}
