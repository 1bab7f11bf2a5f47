import type { TopicSpec } from '../io/log/log.ts'
import type { SchemaName } from '../io/schemas/local-schema-table.ts'

/** Topic names (README: topics). Partitioned topics share one partition count and the user id as key. */
export const TOPICS = {
  interactions: 'interactions',
  userStates: 'user-states',
  stageTransitions: 'stage-transitions',
  lifecycleAlerts: 'lifecycle-alerts',
  trainingExamples: 'training-examples',
  deadLetters: 'dead-letters',
  changelog: 'user-state-changelog',
  modelBundles: 'model-bundles',
  predictions: 'predictions',
  checkpoints: 'checkpoints',
  alertMonitor: 'alert-monitor',
} as const

export type TopicName = (typeof TOPICS)[keyof typeof TOPICS]

/** Topic of each schema's values. */
export const VALUE_TOPICS: Readonly<Record<SchemaName, TopicName>> = {
  interaction: TOPICS.interactions,
  'user-state': TOPICS.userStates,
  'stage-transition': TOPICS.stageTransitions,
  'lifecycle-alert': TOPICS.lifecycleAlerts,
  'training-example': TOPICS.trainingExamples,
  prediction: TOPICS.predictions,
  'model-bundle': TOPICS.modelBundles,
}

/** Topics of a deployment with so many partitions of interactions. */
export function topicSpecs(partitions: number): readonly TopicSpec[] {
  const streamed = [
    TOPICS.interactions,
    TOPICS.stageTransitions,
    TOPICS.lifecycleAlerts,
    TOPICS.trainingExamples,
    TOPICS.deadLetters,
  ]
  return [
    ...streamed.map((name): TopicSpec => ({ name, partitions, cleanup: 'delete' })),
    ...[TOPICS.userStates, TOPICS.changelog].map((name): TopicSpec => ({ name, partitions, cleanup: 'compact' })),
    { name: TOPICS.modelBundles, partitions: 1, cleanup: 'delete' },
    { name: TOPICS.predictions, partitions: 1, cleanup: 'delete' },
    { name: TOPICS.checkpoints, partitions: 1, cleanup: 'compact' },
    { name: TOPICS.alertMonitor, partitions: 1, cleanup: 'compact' },
  ]
}
