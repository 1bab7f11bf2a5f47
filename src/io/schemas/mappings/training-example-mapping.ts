import { STAGES } from '../../../core/contracts/stage.ts'
import type { ExampleTask, TrainingExample } from '../../../core/contracts/training-example.ts'
import { EXAMPLE_KINDS } from '../../../core/contracts/training-example.ts'
import type { RecordMapping } from '../record-mapping.ts'
import { floatBytes, floatsOf, memberOf, plainInts } from '../record-mapping.ts'
import { plainPosition } from './plain-parts.ts'

interface TrainingExampleBody extends Omit<TrainingExample, 'kind' | 'stage' | 'stateTokens' | 'stateNumbers'> {
  readonly kind: string
  readonly stage: string
  readonly stateTokens: readonly number[]
  readonly stateNumbers: Uint8Array
}

export const TRAINING_EXAMPLE_MAPPING: RecordMapping<TrainingExample, TrainingExampleBody> = {
  schema: 'training-example',

  toBody: (record) => ({
    ...record,
    stateTokens: plainInts(record.stateTokens),
    stateNumbers: floatBytes(record.stateNumbers),
  }),

  // Field by field, which is several times faster than a spread of what avsc makes.
  fromBody: (body) => ({
    exampleId: body.exampleId,
    userId: body.userId,
    itemId: body.itemId,
    kind: memberOf(EXAMPLE_KINDS, body.kind, 'kind'),
    weight: body.weight,
    impressionTime: body.impressionTime,
    context: body.context,
    userFeatures: body.userFeatures,
    itemFeatures: body.itemFeatures,
    stage: memberOf(STAGES, body.stage, 'stage'),
    stageProbabilities: body.stageProbabilities,
    stateTokens: new Int32Array(body.stateTokens),
    stateNumbers: floatsOf(body.stateNumbers, 'stateNumbers'),
    tasks: body.tasks.map(plainTask),
    bundleVersion: body.bundleVersion,
    source: plainPosition(body.source),
  }),
}

function plainTask(task: ExampleTask): ExampleTask {
  return {
    task: task.task,
    trial: task.trial,
    label: task.label,
    rawValue: task.rawValue,
    pseudoLabel: task.pseudoLabel,
    alpha: task.alpha,
    beta: task.beta,
    effectiveSampleSize: task.effectiveSampleSize,
    gamma: task.gamma,
    algorithmGamma: task.algorithmGamma,
    trials: task.trials,
    successes: task.successes,
  }
}
