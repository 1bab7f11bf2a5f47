import type { EventId, UserId } from './ids.ts'
import type { Stage } from './stage.ts'

/** Score and outcome of one task of one example. */
export interface PredictionTask {
  readonly task: string
  readonly trial: boolean
  /** Predicted probability, made before the example was trained on. */
  readonly score: number
  /** Binary label: 1 when the label is at least 0.5, else 0. NaN when unknown. */
  readonly label: number
}

/** What the ranker predicted for an example before it saw the label (schemas/prediction.v1.avsc). */
export interface Prediction {
  readonly exampleId: EventId
  readonly userId: UserId
  readonly impressionTime: number
  readonly stage: Stage
  readonly exampleCount: number
  readonly tasks: readonly PredictionTask[]
}
