import { HistoryReader } from '../../src/app/replay/history-reader.ts'
import { UserReplay, type UserStep } from '../../src/app/replay/user-replay.ts'
import type { UserPast } from '../../src/app/replay/user-past.ts'
import type { UserId } from '../../src/core/contracts/ids.ts'
import { MemoryStore } from '../../src/io/store/memory-store.ts'
import type { TrackerBench } from './tracker-bench.ts'

/** The past of a user from every record of a partition, without a look at snapshots: what UserPast has to tell as well. */
export async function wholePast(
  { log, codecs }: TrackerBench,
  userId: string,
): Promise<Pick<UserPast, 'steps' | 'stepsAt' | 'since' | 'isErased'>> {
  const history = new HistoryReader(log, 0)
  await history.follow()
  const known = { snapshots: [], newestOrdinal: 0, stretches: history.stretches(), end: history.meta.nextOffset }
  const options = { log, codecs, history, userId: userId as UserId, store: () => new MemoryStore(), from: null }
  const all: UserStep[] = []
  for await (const step of new UserReplay(options).follow(known)) all.push(step)
  const steps = async function* (): AsyncGenerator<UserStep> {
    yield* all
  }
  return { steps, stepsAt: steps, since: null, isErased: false }
}
