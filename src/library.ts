/**
 * What `import ... from 'stan-lifecycle'` gives: the pure core. Values in, values out; no clock, no disk, no network.
 * The rankers compute with TensorFlow.js; everything else needs no other package.
 */

// The fold: a user, an event and the model give the next state and the outputs.
export { activeModel } from './core/active-model.ts'
export { publishUserState } from './core/publish-user-state.ts'
export { TRACK_RESULTS, trackUser } from './core/track-user.ts'
export type { ActiveModel, TrackedUser, TrackEvent, Tracked } from './core/track-user.ts'
export { type TrackerChoice, trackerSettings } from './core/tracker-settings.ts'
export { decodePendingImpression, encodePendingImpression } from './core/user-state/pending-impression-codec.ts'
export { impressionTimers } from './core/user-state/pending-impression.ts'
export type { JoinerWindows, PendingImpression, PendingTask } from './core/user-state/pending-impression.ts'
export { type TrackerModel } from './core/user-state/tracker-model.ts'
export { decodeUserState, encodeUserState } from './core/user-state/user-state-codec.ts'
export { type TaskEvidence, type UserState } from './core/user-state/user-state.ts'

// Records and ids.
export { DEAD_LETTER_CAUSES, type DeadLetterCause } from './core/contracts/dead-letter.ts'
export type { BundleVersion, EventId, ItemId, Offset, SourcePosition, UserId } from './core/contracts/ids.ts'
export { EVENT_TYPES, type EventType, type FeatureMap, type Interaction } from './core/contracts/interaction.ts'
export type { AlertRuleSettings, AlertSlot, UserAlertSettings } from './core/contracts/alert-settings.ts'
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
export { ATTENTION_FORMS } from './core/contracts/model-bundle.ts'
export type { AttentionForm, ExtractorWeights, ModelBundle, TaskPopulation } from './core/contracts/model-bundle.ts'
export { type ParsedInteraction, parseInteraction } from './core/contracts/parse-interaction.ts'
export type { Rejection } from './core/contracts/rejection.ts'
export { TRANSITION_REASONS } from './core/contracts/stage-transition.ts'
export type { StageTransition, TransitionReason } from './core/contracts/stage-transition.ts'
export { LABEL_KINDS, type LabelKind, type TaskDefinition } from './core/contracts/task-definition.ts'
export type { TrackOutput } from './core/contracts/track-output.ts'
export { EVIDENCE_KINDS, POSTERIOR_MODES, STAGE_RULES, WEIGHT_KINDS } from './core/contracts/tracker-settings.ts'
export type {
  AttributeField,
  EvidenceKind,
  PosteriorMode,
  StageRules,
  TrackerSettings,
  WeightKind,
} from './core/contracts/tracker-settings.ts'
export { EXAMPLE_KINDS } from './core/contracts/training-example.ts'
export type { ExampleKind, ExampleTask, TrainingExample } from './core/contracts/training-example.ts'
export type { TaskPosteriorRecord, UserStateRecord } from './core/contracts/user-state-record.ts'

// Posterior.
export { algorithmOne } from './core/user-state/algorithm-one.ts'
export { posteriorsAt, type TaskPosterior } from './core/user-state/posterior.ts'
export { type BetaPrior, estimateBetaPrior } from './core/statistics/beta-prior.ts'
export { betaQuantile } from './core/statistics/beta-quantile.ts'
export { incompleteBeta } from './core/statistics/incomplete-beta.ts'

// Stages.
export { mostProbable, moveStage, type StageHolder } from './core/lifecycle/stage-hysteresis.ts'
export { stageProbabilities } from './core/lifecycle/stage-probabilities.ts'
export { type Stage, stageIndex, STAGES } from './core/contracts/stage.ts'

// State extractor.
export { type AttentionCache, Extractor } from './core/attention/extractor.ts'
export { type Extraction, extractInFull } from './core/attention/full-extractor.ts'
export { type FieldLayout, fieldLayout } from './core/user-state/field-layout.ts'
export { stateNumberCount, stateNumbers, stateTokens } from './core/user-state/state-features.ts'

// Rankers, and what they are measured by.
export { MODE_NAMES, type ModeName } from './core/ranker/modes/mode-names.ts'
export { Ranker, type TrainResult } from './core/ranker/ranker.ts'
export { SPARSE_SOURCES, type SparseField, type SparseSource } from './core/ranker/embedded-fields.ts'
export { rankerSettings, TARGETS } from './core/ranker/ranker-settings.ts'
export type { ExtractorShape, RankerChoice, RankerSettings, Target } from './core/ranker/ranker-settings.ts'
export { type TaskGates } from './core/ranker/task-gates.ts'
export { auc } from './core/ranker/metrics/auc.ts'
export { expectedCalibrationError, predictedOverObserved } from './core/ranker/metrics/calibration.ts'
export { groupAuc } from './core/ranker/metrics/gauc.ts'
export { logLoss } from './core/ranker/metrics/log-loss.ts'
export { ndcgAt } from './core/ranker/metrics/ndcg.ts'

// Ranking, and what to rank.
export { fuseScores } from './core/ranker/fuse-scores.ts'
export { type LiveFeatures, liveFeatures } from './core/ranking/live-features.ts'
export {
  type Fusion,
  FUSIONS,
  populationRates,
  posteriorWeights,
  type UserRate,
} from './core/ranking/posterior-weights.ts'
export { candidateExamples, rankCandidates } from './core/ranking/rank-candidates.ts'
export type { Candidate, Predict, RankedCandidate, RankingRequest } from './core/ranking/rank-candidates.ts'
export { type RankingFeatures, rankingFeatures } from './core/user-state/ranking-features.ts'
export type { EvidenceChanges, EvidenceSnapshot, EvidenceRow } from './core/policy/evidence-table.ts'
export { type Channel, CHANNELS, defaultFusions, policySettings } from './core/policy/policy-settings.ts'
export type { PolicySettings } from './core/policy/policy-settings.ts'
export { CHANNEL_KEY, FUSION_KEY, StagePolicy } from './core/policy/stage-policy.ts'
export type { OptionPosterior, PolicyDecision, PolicySnapshot } from './core/policy/stage-policy.ts'
