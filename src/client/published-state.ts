import type { TaskPosteriorRecord, UserStateRecord } from '../core/contracts/user-state-record.ts'

const FIELDS = [
  'userId',
  'stage',
  'stageProbabilities',
  'since',
  'dormant',
  'returned',
  'tasks',
  'embedding',
  'embeddingVersion',
  'ruleVersion',
  'bundleVersion',
  'eventTime',
  'source',
] as const satisfies readonly (keyof UserStateRecord)[]

/** The latest published state of a user, as a client keeps it. Times in unix ms. */
export type PublishedState = Pick<UserStateRecord, (typeof FIELDS)[number]>

/** What a client keeps of a record of user-states. */
export function publishedStateOf(record: UserStateRecord): PublishedState {
  const kept: Record<string, unknown> = {}
  for (const field of FIELDS) kept[field] = record[field]
  return kept as unknown as PublishedState
}

/** Posterior of one task of a state; undefined for a task that the state does not have. */
export function posteriorOf(state: PublishedState, task: string): TaskPosteriorRecord | undefined {
  return state.tasks.find((posterior) => posterior.task === task)
}
