import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { allFields, type FieldDifference } from './first-field.ts'
import type { UserPast } from './user-past.ts'

/**
 * A user's state at each of some stream times, unix ms: with all that had come until then, and no more. Nothing of the
 * time before an erasure is told. Throws LifecycleError `unknown-user` for a user never seen, erased, or not yet seen at one of the times.
 */
export async function statesAt(
  userId: string,
  past: Pick<UserPast, 'stepsAt' | 'isErased'>,
  times: readonly number[],
): Promise<UserStateRecord[]> {
  let states = times.map((): UserStateRecord | null => null)
  let firstMs: number | null = null
  let erased = false
  for await (const { state, timeMs } of past.stepsAt(times)) {
    if (!state) {
      states = times.map(() => null)
      firstMs = null
      erased = true
      continue
    }
    firstMs ??= timeMs
    states = states.map((held, i) => (timeMs <= times[i] ? state : held))
  }
  return states.map((state, i) => state ?? refuse(userId, times[i], firstMs, erased || past.isErased))
}

/** The fields that differ between a user's states at two times; embeddings count as one field. */
export function stateDifference(from: UserStateRecord, to: UserStateRecord): FieldDifference[] {
  return allFields(plain(from), plain(to))
}

function plain(state: UserStateRecord): Record<string, unknown> {
  const { tasks, embedding, stateTokens, stateNumbers, ...rest } = state
  return {
    ...rest,
    tasks: Object.fromEntries(tasks.map(({ task, ...posterior }) => [task, posterior])),
    embedding: listText(embedding),
    stateTokens: listText(stateTokens),
    stateNumbers: listText(stateNumbers),
  }
}

function listText(list: Float32Array | Int32Array): string {
  return Array.from(list, (value) => String(Number(value.toPrecision(4)))).join(' ')
}

function refuse(userId: string, timeMs: number, firstMs: number | null, erased: boolean): never {
  const time = new Date(timeMs).toISOString()
  const why =
    firstMs !== null
      ? `their first event is of ${new Date(firstMs).toISOString()}`
      : erased
        ? 'they have been erased'
        : 'no such user has been seen'
  throw new LifecycleError('unknown-user', `Cannot tell the state of ${userId} at ${time}: ${why}`)
}
