import type { UserId } from '../../core/contracts/ids.ts'
import type { Log } from '../../io/log/log.ts'
import { readTopic } from '../report/read-topic.ts'
import { partitionOf } from '../partition-of.ts'
import { TOPICS } from '../topics.ts'
import { passingStore, type World } from '../wire.ts'
import { HistoryReader } from './history-reader.ts'
import { UserReplay, type UserStep } from './user-replay.ts'

/** A user's steps, replayed from the beginning of their partition. */
export async function* replayUser(
  { log, codecs }: Pick<World, 'log' | 'codecs'>,
  user: string,
): AsyncGenerator<UserStep> {
  const userId = user as UserId
  const history = new HistoryReader(log, await partitionOfUser(log, user))
  await history.follow()
  yield* new UserReplay({ log, codecs, history, userId, store: passingStore() }).follow()
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
