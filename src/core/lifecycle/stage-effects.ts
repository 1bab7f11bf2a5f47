import type { TaskPosterior } from '../user-state/posterior.ts'
import type { TrackerModel } from '../user-state/tracker-model.ts'
import { stageProbabilities } from './stage-probabilities.ts'

/** What the change of one task alone does to the probability of each stage, in the order of STAGES. */
export interface StageEffect {
  readonly task: string
  readonly byStage: readonly number[]
}

/**
 * The effect of each task of the stage rules between two posteriors of a user: its posterior is replaced, those of the
 * other tasks stay as they were. So a change is ascribed to the task that made it, not to the one that merely moved.
 */
export function stageEffects(
  before: readonly TaskPosterior[],
  after: readonly TaskPosterior[],
  model: TrackerModel,
): StageEffect[] {
  const base = stageProbabilities(before, model)
  return [...new Set(model.stageTasks)].map((index) => {
    const changed = stageProbabilities(
      before.map((posterior, k) => (k === index ? after[k] : posterior)),
      model,
    )
    return { task: model.settings.tasks[index].name, byStage: changed.map((probability, s) => probability - base[s]) }
  })
}
