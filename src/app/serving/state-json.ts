import { STAGES } from '../../core/contracts/stage.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import type { TaskPosteriorRecord, UserStateRecord } from '../../core/contracts/user-state-record.ts'

/** A state as the API gives it: times in ISO 8601, probabilities and tasks by name. */
export function stateJson(state: UserStateRecord, withEmbedding: boolean): Record<string, unknown> {
  const { stageProbabilities, tasks, since, eventTime, firstEventTime, lastImpressionTime, ...rest } = state
  const { embedding, stateTokens, stateNumbers, activeDays: _activeDays, ...plain } = rest
  return {
    ...plain,
    stageProbabilities: probabilitiesJson(stageProbabilities),
    since: timeJson(since),
    eventTime: timeJson(eventTime),
    firstEventTime: firstEventTime > 0 ? timeJson(firstEventTime) : null,
    lastImpressionTime: lastImpressionTime > 0 ? timeJson(lastImpressionTime) : null,
    tasks: tasksJson(tasks),
    ...(withEmbedding && {
      embedding: Array.from(embedding),
      stateTokens: Array.from(stateTokens),
      stateNumbers: Array.from(stateNumbers),
    }),
  }
}

/** A transition with its evidence. */
export function transitionJson(transition: StageTransition): Record<string, unknown> {
  const { stageProbabilities, before, after, eventTime, heldForMs, userId: _userId, ...rest } = transition
  return {
    ...rest,
    stageProbabilities: probabilitiesJson(stageProbabilities),
    eventTime: timeJson(eventTime),
    heldForSeconds: heldForMs / 1000,
    before: tasksJson(before),
    after: tasksJson(after),
  }
}

export function timeJson(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

export function probabilitiesJson(probabilities: readonly number[]): Record<string, number> {
  return Object.fromEntries(STAGES.map((stage, s) => [stage, probabilities[s]]))
}

export function tasksJson(tasks: readonly TaskPosteriorRecord[]): Record<string, unknown> {
  return Object.fromEntries(tasks.map(({ task, ...posterior }) => [task, posterior]))
}
