import type { ExampleKind, TrainingExample } from '../contracts/training-example.ts'
import type { SourcePosition } from '../contracts/ids.ts'
import { STAGES } from '../contracts/stage.ts'
import type { PendingImpression } from './pending-impression.ts'
import type { TrackerModel } from './tracker-model.ts'

/**
 * The training example of an impression. A correction carries only the tasks whose label came late: the others were
 * trained on already and are masked.
 */
export function trainingExampleOf(
  impression: PendingImpression,
  kind: ExampleKind,
  correctedTasks: readonly number[] | null,
  source: SourcePosition,
  model: TrackerModel,
): TrainingExample {
  const { frozen } = impression
  return {
    exampleId: impression.impressionId,
    userId: impression.userId,
    itemId: impression.itemId,
    kind,
    weight: 1,
    impressionTime: impression.impressionTime,
    context: impression.context,
    userFeatures: impression.userFeatures,
    itemFeatures: impression.itemFeatures,
    stage: STAGES[frozen.stage],
    stageProbabilities: frozen.stageProbabilities,
    stateTokens: frozen.tokens,
    stateNumbers: frozen.numbers,
    tasks: model.settings.tasks.map(({ name }, k) => {
      const { trial, label, rawValue } = impression.tasks[k]
      const { trials, successes, alpha, beta, effectiveSampleSize, gamma, algorithmGamma } = frozen.tasks[k]
      return {
        task: name,
        trial: trial && (correctedTasks === null || correctedTasks.includes(k)),
        label,
        rawValue,
        pseudoLabel: trials > 0 ? successes / trials : Number.NaN,
        alpha,
        beta,
        effectiveSampleSize,
        gamma,
        algorithmGamma,
        trials,
        successes,
      }
    }),
    bundleVersion: frozen.bundleVersion,
    source,
  }
}
