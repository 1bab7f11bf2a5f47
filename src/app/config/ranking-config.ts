import { z } from 'zod'
import { STAGES, type Stage } from '../../core/contracts/stage.ts'
import { FUSIONS } from '../../core/ranking/posterior-weights.ts'

const taskWeights = z.record(z.string().min(1).max(64), z.number().min(0).max(1000))

/** How the scores of the tasks become one, core/ranker/fuse-scores.ts. */
export const rankingConfig = z.strictObject({
  weights: taskWeights.default({}).describe('Weight of each task in the fused score; 1 for one that is not named'),
  stageWeights: z
    .partialRecord(z.enum(STAGES), taskWeights)
    .default({})
    .describe('By stage: weights for its users, in place of those'),
  fusion: z.enum(FUSIONS).default('geometric').describe('Whether the weights follow the posterior of the user too'),
  posteriorStrength: z
    .number()
    .min(0)
    .max(2)
    .default(0.5)
    .describe('Fusion posterior: weight times (rate of the user / rate of the population) to this power'),
})

export type RankingConfig = z.infer<typeof rankingConfig>

/** Weights (T) for a user of a stage. */
export function fusionWeights(ranking: RankingConfig, stage: Stage, tasks: readonly string[]): number[] {
  const weights = { ...ranking.weights, ...ranking.stageWeights[stage] }
  return tasks.map((task) => weights[task] ?? 1)
}

/** Weights of tasks that are not there, and those that leave nothing to rank by. */
export function* rankingContradictionsOf(
  ranking: RankingConfig,
  tasks: readonly string[],
): Iterable<{ path: string; input: unknown; message: string }> {
  const lists = [
    ['ranking.weights', ranking.weights] as const,
    ...STAGES.map((stage) => [`ranking.stageWeights.${stage}`, ranking.stageWeights[stage] ?? {}] as const),
  ]
  for (const [path, weights] of lists) {
    const unknown = Object.keys(weights).find((task) => !tasks.includes(task))
    if (unknown !== undefined) {
      yield {
        path: `${path}.${unknown}`,
        input: weights[unknown],
        message: `is of no task; the tasks are ${tasks.join(', ')}`,
      }
    }
  }
  const empty = STAGES.find((stage) => fusionWeights(ranking, stage, tasks).every((weight) => weight === 0))
  if (empty !== undefined) {
    yield { path: 'ranking.weights', input: undefined, message: `leaves no task with a weight for the stage ${empty}` }
  }
}
