import { type AttentionCache, type Extractor } from './attention/extractor.ts'
import { EVENT_TYPES, type Interaction } from './contracts/interaction.ts'
import type { SourcePosition } from './contracts/ids.ts'
import { STAGES } from './contracts/stage.ts'
import type { StageTransition, TransitionReason } from './contracts/stage-transition.ts'
import type { TrackOutput } from './contracts/track-output.ts'
import { userAlerts, userAlertsDue } from './alerts/user/user-alerts.ts'
import { posteriorEvidence } from './alerts/user/posterior-evidence.ts'
import { freezeFeatures } from './lifecycle/freeze-features.ts'
import { moveStage } from './lifecycle/stage-hysteresis.ts'
import { stageProbabilities } from './lifecycle/stage-probabilities.ts'
import { nextLandmark, rebaseFactor } from './statistics/forward-decay.ts'
import { addGap, dormantAfterMs } from './user-state/activity.ts'
import { attributeToken } from './user-state/attribute-token.ts'
import { dayOf, expireDays } from './user-state/day-window.ts'
import { applyOutcome, emptyPendingTask, openImpressionTrials } from './user-state/joiner.ts'
import { impressionTimers, type PendingImpression } from './user-state/pending-impression.ts'
import { posteriorsAt, type TaskPosterior } from './user-state/posterior.ts'
import { eventHashOf, posteriorRecords, stageEntryRecords, stageEvidenceOf } from './user-state/posterior-records.ts'
import type { TrackerModel } from './user-state/tracker-model.ts'
import { trainingExampleOf } from './user-state/training-example.ts'
import { emptyUserState, type UserState } from './user-state/user-state.ts'

/** A user as the fold works on it: the state and the extractor's cache. Both are updated in place. */
export interface TrackedUser {
  readonly state: UserState
  readonly attention: AttentionCache
}

/** Model of one bundle version, with its extractor; null before the first bundle. */
export interface ActiveModel extends TrackerModel {
  readonly extractor: Extractor | null
}

/** What can happen to a user. Timers carry the stream time at which they fire. */
export type TrackEvent =
  | {
      readonly kind: 'interaction'
      readonly interaction: Interaction
      /** The impression that an outcome names; null when there is none. */
      readonly impression: PendingImpression | null
      /** Event time to which the partition's timers have fired; a late event lies before it. */
      readonly streamTimeMs: number
      readonly source: SourcePosition
    }
  | {
      readonly kind: 'impression-timer'
      readonly impression: PendingImpression
      readonly timeMs: number
      readonly source: SourcePosition
    }
  | { readonly kind: 'user-timer'; readonly timeMs: number; readonly source: SourcePosition }

export const TRACK_RESULTS = ['folded', 'duplicate', 'rejected', 'ignored'] as const

export interface Tracked {
  readonly result: (typeof TRACK_RESULTS)[number]
  /** Null only for a user that is still unknown. */
  readonly user: TrackedUser | null
  /** The impression to keep; null when there is none or it is to be forgotten. */
  readonly impression: PendingImpression | null
  readonly outputs: readonly TrackOutput[]
}

const NOTHING: readonly TrackOutput[] = []

/**
 * The system in one function: a user, an event and the model give the next state and the outputs. The user and the
 * impression passed in belong to the call and are updated in place; copy them first to keep the old ones. The user's
 * `timerDue` and impressionTimers() of a new impression say when timers fire.
 */
export function trackUser(user: TrackedUser | null, event: TrackEvent, model: ActiveModel): Tracked {
  switch (event.kind) {
    case 'interaction':
      return event.interaction.type === 'impression'
        ? trackImpression(user, event.interaction, event.source, model)
        : trackOutcome(user, event.interaction, event.impression, event.streamTimeMs, event.source, model)
    case 'impression-timer':
      return fireImpressionTimer(user, event.impression, event.timeMs, event.source, model)
    case 'user-timer':
      return fireUserTimer(user, event.timeMs, event.source, model)
  }
}

function trackImpression(
  known: TrackedUser | null,
  interaction: Interaction,
  source: SourcePosition,
  model: ActiveModel,
): Tracked {
  const { eventId, eventTime, outcomes } = interaction
  const { settings } = model
  const eventHash = eventHashOf(eventId)
  if (known?.state.recentEventIds.includes(eventHash)) {
    return { result: 'duplicate', user: known, impression: null, outputs: NOTHING }
  }
  const user = known ?? newUser(interaction, model)
  const { state, attention } = user
  const outputs: TrackOutput[] = []
  arrive(state, interaction, eventHash, source, model, outputs)

  // Rows of one millisecond do not see each other's labels: they share the features of the first of them.
  if (!state.frozen || state.frozenTime !== eventTime) {
    // Recency counts from the impression before: outcomes come at their own times, or with the row.
    const gapMs = state.frozen ? Math.max(0, eventTime - state.frozenTime) : -1
    state.frozen = freezeFeatures(state, eventTime, gapMs, eventHash, model, model.extractor, attention)
    state.frozenTime = eventTime
  }
  const impression: PendingImpression = {
    impressionId: eventId,
    userId: interaction.userId,
    itemId: interaction.itemId,
    impressionTime: eventTime,
    sourceOffset: source.offset,
    context: interaction.context,
    userFeatures: interaction.userFeatures ?? {},
    itemFeatures: interaction.itemFeatures ?? {},
    frozen: state.frozen,
    tasks: settings.tasks.map((_, k) => emptyPendingTask(k, model)),
  }
  openImpressionTrials(state, impression, model)
  if (outcomes) {
    for (const type of EVENT_TYPES) {
      const value = outcomes[type]
      if (value !== undefined) applyOutcome(state, impression, type, value, model)
    }
    outputs.push({ kind: 'example', example: trainingExampleOf(impression, 'final', null, source, model) })
  }
  settle(state, eventTime, source, model, outputs)
  return { result: 'folded', user, impression: outcomes ? null : impression, outputs }
}

function trackOutcome(
  user: TrackedUser | null,
  interaction: Interaction,
  impression: PendingImpression | null,
  streamTimeMs: number,
  source: SourcePosition,
  model: ActiveModel,
): Tracked {
  const { eventId, eventTime, type, value } = interaction
  const eventHash = eventHashOf(eventId)
  if (user?.state.recentEventIds.includes(eventHash)) {
    return { result: 'duplicate', user, impression, outputs: NOTHING }
  }
  if (!user || !impression || impression.userId !== interaction.userId) {
    const reason = `no impression ${interaction.impressionId ?? ''} of this user waits for an outcome: it never came, or the correction horizon has passed`
    return {
      result: 'rejected',
      user,
      impression: null,
      outputs: [{ kind: 'rejection', cause: 'unknown-impression', field: 'impressionId', reason }],
    }
  }
  const { state } = user
  const outputs: TrackOutput[] = []
  arrive(state, interaction, eventHash, source, model, outputs)
  const changed = applyOutcome(state, impression, type, value ?? 1, model)
  const closed = streamTimeMs >= impressionTimers(impression, model.settings.joiner).closes
  if (closed && changed.length > 0) {
    outputs.push({ kind: 'example', example: trainingExampleOf(impression, 'correction', changed, source, model) })
  }
  settle(state, eventTime, source, model, outputs)
  return { result: 'folded', user, impression, outputs }
}

/** The attribution window closes: the example goes out. At the end of the correction horizon the impression is forgotten. */
function fireImpressionTimer(
  user: TrackedUser | null,
  impression: PendingImpression,
  timeMs: number,
  source: SourcePosition,
  model: ActiveModel,
): Tracked {
  const { closes, expires } = impressionTimers(impression, model.settings.joiner)
  if (timeMs >= expires) return { result: 'folded', user, impression: null, outputs: NOTHING }
  // A timer of an earlier impression that had the same id.
  if (timeMs !== closes) return { result: 'ignored', user, impression, outputs: NOTHING }
  const example = trainingExampleOf(impression, 'final', null, source, model)
  return { result: 'folded', user, impression, outputs: [{ kind: 'example', example }] }
}

function fireUserTimer(user: TrackedUser | null, timeMs: number, source: SourcePosition, model: ActiveModel): Tracked {
  // A timer that was replaced by an earlier one, or whose user was erased.
  if (!user || user.state.timerDue !== timeMs) return { result: 'ignored', user, impression: null, outputs: NOTHING }
  const { state } = user
  const outputs: TrackOutput[] = []
  if (!state.dormant && timeMs >= silenceDue(state, model)) {
    state.dormant = true
    pushTransition(state, 'dormant', state.stage, timeMs, state.stageSince, source, model, outputs)
  }
  if (state.returnedUntil > 0 && timeMs >= state.returnedUntil) state.returnedUntil = 0
  settle(state, timeMs, source, model, outputs)
  return { result: 'folded', user, impression: null, outputs }
}

function newUser({ userId, eventTime }: Interaction, model: ActiveModel): TrackedUser {
  const { tasks, attributes, posterior } = model.settings
  const state = emptyUserState(userId, eventTime, tasks.length, attributes.length)
  if (posterior.weight === 'decayed') {
    for (const _ of tasks) state.algorithmEvidence.push({ successWeight: 0, failureWeight: 0, squaredWeight: 0 })
  }
  return { state, attention: { current: null } }
}

/** What every accepted event does first: remembers its id, ends a silence, moves windows on, takes attributes over. */
function arrive(
  state: UserState,
  { eventTime, userFeatures }: Interaction,
  eventHash: number,
  source: SourcePosition,
  model: ActiveModel,
  outputs: TrackOutput[],
): void {
  const { joiner, activity, attributes, posterior } = model.settings
  state.recentEventIds.push(eventHash)
  if (state.recentEventIds.length > joiner.rememberedEventIds) state.recentEventIds.shift()
  state.sourceOffset = source.offset
  if (state.dormant) {
    state.dormant = false
    state.returnedUntil = eventTime + activity.returnedForMs
    pushTransition(state, 'returned', state.stage, eventTime, state.stageSince, source, model, outputs)
  }
  if (eventTime > state.lastEventTime) {
    addGap(state.activity, eventTime - state.lastEventTime, activity)
    state.lastEventTime = eventTime
    if (expireDays(state.buckets, dayOf(eventTime), posterior.windowDays)) state.olderDays = null
    moveLandmark(state, nextLandmark(state.landmark, eventTime, model.halfLifeMs), model)
  }
  if (userFeatures) {
    attributes.forEach(({ name, buckets }, a) => {
      const value = userFeatures[name]
      if (value !== undefined) state.attributeTokens[a] = attributeToken(value, a, buckets)
    })
  }
}

function moveLandmark(state: UserState, landmark: number, model: ActiveModel): void {
  if (landmark === state.landmark) return
  const factor = rebaseFactor(state.landmark, landmark, model.halfLifeMs)
  for (const evidence of [...state.evidence, ...state.algorithmEvidence]) {
    evidence.successWeight *= factor
    evidence.failureWeight *= factor
    evidence.squaredWeight *= factor * factor
  }
  state.landmark = landmark
}

/** What every change does last: stage probabilities, hysteresis, the next timer. */
function settle(
  state: UserState,
  timeMs: number,
  source: SourcePosition,
  model: ActiveModel,
  outputs: TrackOutput[],
): void {
  const posteriors = posteriorsAt(state, timeMs, model)
  state.stageProbabilities = stageProbabilities(posteriors, model)
  const from = state.stage
  const since = state.stageSince
  if (moveStage(state, state.stageProbabilities, timeMs, model.settings.stages)) {
    pushTransition(state, 'evidence', from, timeMs, since, source, model, outputs, posteriors)
  }
  pushAlerts(state, timeMs, source, model, outputs, posteriors)
  let due = state.dormant ? Infinity : silenceDue(state, model)
  due = Math.min(due, userAlertsDue(state.alertSlots, alertFactsOf(state), model.settings.alerts))
  if (state.challenger >= 0) due = Math.min(due, state.challengerSince + model.settings.stages.minLeadMs)
  if (state.returnedUntil > 0) due = Math.min(due, state.returnedUntil)
  // A timer that fires too early looks again; so a later due time never has to move a timer that is already set.
  if (due === Infinity) state.timerDue = 0
  else if (state.timerDue <= timeMs || due < state.timerDue) state.timerDue = Math.max(due, timeMs + 1)
}

function silenceDue(state: UserState, model: ActiveModel): number {
  const { activity } = model.settings
  return state.lastEventTime + dormantAfterMs(state.activity, activity, model.gapNormalQuantile)
}

function pushTransition(
  state: UserState,
  reason: TransitionReason,
  from: number,
  timeMs: number,
  since: number,
  source: SourcePosition,
  model: ActiveModel,
  outputs: TrackOutput[],
  posteriors: readonly TaskPosterior[] = posteriorsAt(state, timeMs, model),
): void {
  const after = posteriorRecords(state, posteriors, model)
  const transition: StageTransition = {
    userId: state.userId,
    from: STAGES[from],
    to: STAGES[state.stage],
    reason,
    probability: state.stageProbabilities[state.stage],
    stageProbabilities: state.stageProbabilities,
    eventTime: timeMs,
    heldForMs: Math.max(0, timeMs - since),
    before: stageEntryRecords(state, model),
    after,
    ruleVersion: model.ruleVersion,
    bundleVersion: model.bundleVersion,
    source,
  }
  if (reason === 'evidence') after.forEach((record, task) => (state.stageEvidence[task] = stageEvidenceOf(record)))
  outputs.push({ kind: 'transition', transition })
}

/** Alerts that the transitions of this call, the time or the new stage bring. */
function pushAlerts(
  state: UserState,
  timeMs: number,
  source: SourcePosition,
  model: ActiveModel,
  outputs: TrackOutput[],
  posteriors: readonly TaskPosterior[],
): void {
  const transitions = outputs.flatMap((output) => (output.kind === 'transition' ? [output.transition] : []))
  const facts = { ...alertFactsOf(state), timeMs, transitions }
  const evidenceOf = () => posteriorEvidence(facts, posteriorRecords(state, posteriors, model))
  for (const alert of userAlerts(state.alertSlots, facts, model.settings.alerts, source, evidenceOf)) {
    outputs.push({ kind: 'alert', alert })
  }
}

function alertFactsOf({ userId, stage, stageSince, firstEventTime, dormant, returnedUntil }: UserState) {
  return { userId, stage: STAGES[stage], stageSince, firstEventTime, dormant, returnedUntil }
}
