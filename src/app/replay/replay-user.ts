import type { UserId } from '../../core/contracts/ids.ts'
import { partitionOfUser } from '../partition-of-user.ts'
import { passingStore, type World } from '../wire.ts'
import { HistoryReader } from './history-reader.ts'
import { UserPast } from './user-past.ts'

/** The past of a user, from the log alone. */
export async function replayUser({ log, codecs }: Pick<World, 'log' | 'codecs'>, user: string): Promise<UserPast> {
  const history = new HistoryReader(log, await partitionOfUser(log, user))
  return new UserPast({ log, codecs, history, userId: user as UserId, store: passingStore })
}
