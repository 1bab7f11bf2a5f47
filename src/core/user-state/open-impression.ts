import type { EventId, ItemId, UserId } from '../contracts/ids.ts'
import type { PendingImpression, PendingTask } from './pending-impression.ts'

/** Of a task what later outcomes need to change the counters. */
export interface OpenTask extends Readonly<PendingTask> {
  /** What the extractor predicted, which the trial counts as when it comes; 0 once it has come. */
  readonly predicted: number
}

/** Of a pending impression what later outcomes need to change the user: no features, which only the example has. */
export interface OpenImpression {
  readonly impressionId: EventId
  readonly impressionTime: number
  readonly tasks: readonly OpenTask[]
}

export function openImpressionOf({ impressionId, impressionTime, tasks, frozen }: PendingImpression): OpenImpression {
  return {
    impressionId,
    impressionTime,
    tasks: tasks.map((task, k) => ({ ...task, predicted: task.trial ? 0 : frozen.tasks[k].predicted })),
  }
}

/** An impression that changes its user as the original would; examples made of it are empty. */
export function pendingImpressionOf(userId: UserId, open: OpenImpression): PendingImpression {
  const { impressionId, impressionTime, tasks } = open
  const noPosterior = {
    alpha: 0,
    beta: 0,
    effectiveSampleSize: 0,
    gamma: 0,
    algorithmGamma: 0,
    trials: 0,
    successes: 0,
  }
  return {
    impressionId,
    userId,
    itemId: '' as ItemId,
    impressionTime,
    sourceOffset: 0,
    context: {},
    userFeatures: {},
    itemFeatures: {},
    frozen: {
      stage: 0,
      stageProbabilities: [0, 0, 0, 0],
      tokens: new Int32Array(0),
      numbers: new Float32Array(0),
      tasks: tasks.map(({ predicted }) => ({ ...noPosterior, predicted })),
      bundleVersion: 0,
    },
    tasks: tasks.map(({ predicted: _predicted, ...task }) => task),
  }
}
