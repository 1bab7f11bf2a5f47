import { byStage, type Stage } from '../../core/contracts/stage.ts'
import type { TaskPosteriorRecord, UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { hashString } from '../../core/statistics/hash-string.ts'
import type { FlowCounts, Side } from './side.ts'

/** A user whose stage at the end differs, with what each world believes of them. */
export interface DifferingUser {
  readonly userId: string
  readonly before: UserAtEnd
  readonly after: UserAtEnd
  /** Posteriors at the end, as the other world has them. */
  readonly tasks: readonly TaskPosteriorRecord[]
}

export interface UserAtEnd {
  readonly stage: Stage
  readonly since: number
  readonly stageProbabilities: readonly number[]
  readonly lastMove: { readonly eventTime: number; readonly from: Stage; readonly to: Stage } | null
}

/** The users of two worlds at the end. */
export interface UserComparison {
  readonly total: number
  readonly differing: number
  /** Users by their stage in the first world and in the second. */
  readonly stages: FlowCounts
  /** Of those who differ, drawn by a hash of their ids. */
  readonly sample: readonly DifferingUser[]
}

/** Both worlds have the same users, since erasures and first events are the same. */
export async function compareUsers(before: Side, after: Side, sampleSize: number): Promise<UserComparison> {
  const stages = byStage(() => byStage(() => 0))
  let total = 0
  let differing = 0
  let chosen: { readonly rank: number; readonly first: UserStateRecord; readonly second: UserStateRecord }[] = []
  const others = after.states()
  for await (const first of before.states()) {
    const { value: second } = await others.next()
    if (!second || second.userId !== first.userId)
      throw new Error(`the two worlds differ in their users at ${first.userId}`)
    total++
    stages[first.stage][second.stage]++
    if (first.stage === second.stage) continue
    differing++
    chosen.push({ rank: hashString(first.userId, 0), first, second })
    chosen.sort((a, b) => a.rank - b.rank)
    chosen = chosen.slice(0, sampleSize)
  }
  const sample: DifferingUser[] = []
  for (const { first, second } of chosen) {
    sample.push({
      userId: first.userId,
      before: await atEnd(before, first),
      after: await atEnd(after, second),
      tasks: second.tasks,
    })
  }
  return { total, differing, stages, sample }
}

async function atEnd(side: Side, { userId, stage, since, stageProbabilities }: UserStateRecord): Promise<UserAtEnd> {
  return { stage, since, stageProbabilities, lastMove: await side.lastMoveOf(userId) }
}
