/** What `import ... from 'stan-lifecycle/testing'` gives: the tracker on a script of events, for your own tests. */
export { DEAD_LETTER_CAUSES, type DeadLetter, type DeadLetterCause } from './core/contracts/dead-letter.ts'
export type { BundleVersion, EventId, ItemId, Offset, SourcePosition, UserId } from './core/contracts/ids.ts'
export { EVENT_TYPES, type EventType, type FeatureMap, type Interaction } from './core/contracts/interaction.ts'
export {
  ALERT_FAMILIES,
  ALERT_KINDS,
  ALERT_SEVERITIES,
  ALERT_STATUSES,
  USER_ALERT_KINDS,
} from './core/contracts/lifecycle-alert.ts'
export type {
  AlertFamily,
  AlertKind,
  AlertSeverity,
  AlertStatus,
  LifecycleAlert,
  UserAlertKind,
} from './core/contracts/lifecycle-alert.ts'
export { LIFECYCLE_ERROR_CODES, LifecycleError, type LifecycleErrorCode } from './core/contracts/lifecycle-error.ts'
export type { AttentionForm, ExtractorWeights, ModelBundle, TaskPopulation } from './core/contracts/model-bundle.ts'
export { type Stage, STAGES } from './core/contracts/stage.ts'
export type { StageTransition, TransitionReason } from './core/contracts/stage-transition.ts'
export type { LabelKind } from './core/contracts/task-definition.ts'
export type { EvidenceKind, PosteriorMode, StageRules, WeightKind } from './core/contracts/tracker-settings.ts'
export type { ExampleKind, ExampleTask, TrainingExample } from './core/contracts/training-example.ts'
export type { TaskPosteriorRecord, UserStateRecord } from './core/contracts/user-state-record.ts'
export type { DriverEvent } from './testing/driver-event.ts'
export type { DriverSettings } from './testing/driver-settings.ts'
export { openTestDriver } from './testing/open-test-driver.ts'
export type { DriverOptions, DriverRecord, TestDriver } from './testing/test-driver.ts'
