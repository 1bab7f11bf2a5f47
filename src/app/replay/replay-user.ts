import type { UserId } from '../../core/contracts/ids.ts'
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
  const partitions = log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 1
  const history = new HistoryReader(log, partitionOf(userId, partitions))
  await history.follow()
  yield* new UserReplay({ log, codecs, history, userId, store: passingStore() }).follow()
}
