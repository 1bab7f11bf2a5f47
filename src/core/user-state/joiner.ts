import type { EventType } from '../contracts/interaction.ts'
import { decayWeight } from '../statistics/forward-decay.ts'
import { quantileOf } from '../statistics/quantile-table.ts'
import { addSuccess, addTrial, bucketFor, dayOf } from './day-window.ts'
import type { PendingImpression, PendingTask } from './pending-impression.ts'
import type { TrackerModel } from './tracker-model.ts'
import type { UserState } from './user-state.ts'

/**
 * Joins an impression with its outcomes and keeps the user's counters in step. A trial counts as a failure as soon as
 * it happens and turns into a success when the outcome arrives, both at the impression's time and weight. So a wide row
 * and separate events leave the same counters, whenever the outcome came, and nothing waits for a window to close.
 */
export function openImpressionTrials(state: UserState, impression: PendingImpression, model: TrackerModel): void {
  model.settings.tasks.forEach((task, k) => {
    if (task.trial === 'impression') openTrial(state, impression, k, model)
  })
}

/**
 * Applies an outcome of an impression. `value` is its amount, 1 for a plain event. Returns the tasks whose label or
 * trial it changed.
 */
export function applyOutcome(
  state: UserState,
  impression: PendingImpression,
  type: EventType,
  value: number,
  model: TrackerModel,
): number[] {
  const changed: number[] = []
  model.settings.tasks.forEach((definition, k) => {
    const task = impression.tasks[k]
    const before = task.label
    const hadTrial = task.trial
    if (definition.success === type) {
      // Repeated outcomes of one impression keep the largest amount.
      task.rawValue = Math.max(task.rawValue, value)
      task.label = labelOf(k, task.rawValue, model)
    }
    if (definition.trial === type && !hadTrial) openTrial(state, impression, k, model)
    convertTrial(state, impression, k, model)
    if (task.trial !== hadTrial || !Object.is(task.label, before)) changed.push(k)
  })
  return changed
}

/** A fresh task of an impression without outcomes. */
export function emptyPendingTask(task: number, model: TrackerModel): PendingTask {
  return { trial: false, ordinal: 0, counted: false, succeeded: false, label: labelOf(task, 0, model), rawValue: 0 }
}

/** Label in [0,1] of a raw amount; NaN for a quantile label without a quantile table. */
function labelOf(task: number, rawValue: number, model: TrackerModel): number {
  if (model.settings.tasks[task].label === 'event') return rawValue > 0 ? 1 : 0
  const { quantiles } = model.populations[task]
  return quantiles.length === 0 ? Number.NaN : quantileOf(quantiles, rawValue)
}

function openTrial(state: UserState, impression: PendingImpression, k: number, model: TrackerModel): void {
  const { impressionTime } = impression
  const task = impression.tasks[k]
  task.trial = true
  // Without quantiles nobody can say whether the trial succeeded; it is left out of the counters.
  if (Number.isNaN(task.label)) return
  task.counted = true
  const { evidence, weight, windowDays } = model.settings.posterior
  const sample = evidence === 'predicted' ? impression.frozen.tasks[k].predicted : 0
  const bucket = bucketFor(
    state.buckets,
    dayOf(impressionTime),
    dayOf(state.lastEventTime),
    windowDays,
    state.evidence.length,
  )
  if (bucket) {
    task.ordinal = addTrial(bucket, k, sample)
    // A new day, or a late event in an older one.
    if (bucket !== state.buckets.at(-1) || bucket.trials[k] === 1) state.olderDays = null
  }
  const trialWeight = decayWeight(impressionTime, state.landmark, model.halfLifeMs)
  state.evidence[k].failureWeight += trialWeight
  state.evidence[k].squaredWeight += trialWeight * trialWeight
  if (weight === 'decayed') {
    state.algorithmEvidence[k].successWeight += trialWeight * sample
    state.algorithmEvidence[k].failureWeight += trialWeight * (1 - sample)
  }
}

/**
 * A Beta posterior counts Bernoulli trials, so the counters take the binary label (label >= 0.5: for a quantile label,
 * at or above the population median) and leave the soft one to the ranker.
 */
function convertTrial(state: UserState, impression: PendingImpression, k: number, model: TrackerModel): void {
  const task = impression.tasks[k]
  if (task.succeeded || !task.counted || !(task.label >= 0.5)) return
  task.succeeded = true
  const { evidence, weight, windowDays } = model.settings.posterior
  const observed = evidence === 'observed'
  const day = dayOf(impression.impressionTime)
  const bucket = state.buckets.find((candidate) => candidate.day === day)
  if (bucket && task.ordinal > 0 && day > dayOf(state.lastEventTime) - windowDays) {
    addSuccess(bucket, k, task.ordinal, observed)
    if (bucket !== state.buckets.at(-1)) state.olderDays = null
  }
  const trialWeight = decayWeight(impression.impressionTime, state.landmark, model.halfLifeMs)
  moveToSuccess(state.evidence[k], trialWeight)
  if (weight === 'decayed' && observed) moveToSuccess(state.algorithmEvidence[k], trialWeight)
}

function moveToSuccess(evidence: { successWeight: number; failureWeight: number }, weight: number): void {
  evidence.successWeight += weight
  // The weight is recomputed and may differ from the one added in the last bit.
  evidence.failureWeight = Math.max(0, evidence.failureWeight - weight)
}
