import type { TaskPosteriorRecord } from '../contracts/user-state-record.ts'
import { betaQuantile } from '../statistics/beta-quantile.ts'
import { betaVariate } from '../statistics/beta-variate.ts'
import { hashString53 } from '../statistics/hash-string.ts'
import { KeyedRandom } from '../statistics/keyed-random.ts'
import type { TaskPosterior } from './posterior.ts'
import type { TrackerModel } from './tracker-model.ts'
import type { UserState } from './user-state.ts'

const random = new KeyedRandom()

/** Streams of one key: the posterior's own draw and Algorithm 1's. */
const DRAWS = { posterior: 0, algorithm: 1 } as const

/**
 * The draw gamma ~ Beta(alpha, beta), single precision. Keyed by (seed, user, task, event id) and not by the offset, so
 * that a replay, another log and a wide row instead of separate events all draw the same.
 */
export function drawGamma(
  draw: keyof typeof DRAWS,
  alpha: number,
  beta: number,
  key: { readonly userHash: number; readonly eventHash: number; readonly task: number },
  seed: number,
): number {
  random.reset(seed, key.userHash, key.task * 2 + DRAWS[draw], key.eventHash)
  return Math.fround(betaVariate(alpha, beta, random))
}

/** Key hash of a user id, 53 bits. */
export function userHashOf(userId: string): number {
  return hashString53(userId, 0)
}

/** 48-bit hash of an event id, as the recent ids of a user are kept. */
export function eventHashOf(eventId: string): number {
  return hashString53(eventId, 1) % 2 ** 48
}

/** Published posteriors (T), with the draw of the user's latest event. */
export function posteriorRecords(
  state: UserState,
  posteriors: readonly TaskPosterior[],
  model: TrackerModel,
): TaskPosteriorRecord[] {
  const userHash = userHashOf(state.userId)
  const eventHash = state.recentEventIds.at(-1) ?? 0
  return posteriors.map(({ alpha, beta, trials, successes, effectiveSampleSize }, task) =>
    posteriorRecord(model.settings.tasks[task].name, {
      trials,
      successes,
      alpha,
      beta,
      effectiveSampleSize,
      gamma: drawGamma('posterior', alpha, beta, { userHash, eventHash, task }, model.settings.seed),
    }),
  )
}

/** The posteriors that were kept when the current stage was entered (T). */
export function stageEntryRecords(state: UserState, model: TrackerModel): TaskPosteriorRecord[] {
  return state.stageEvidence.map(([trials, successes, alpha, beta, effectiveSampleSize, gamma], task) =>
    posteriorRecord(model.settings.tasks[task].name, { trials, successes, alpha, beta, effectiveSampleSize, gamma }),
  )
}

/** What stageEntryRecords reads back: trials, successes, alpha, beta, effective sample size, gamma; single precision. */
export function stageEvidenceOf(record: TaskPosteriorRecord): number[] {
  const { trials, successes, alpha, beta, effectiveSampleSize, gamma } = record
  return [trials, successes, alpha, beta, effectiveSampleSize, gamma].map(Math.fround)
}

function posteriorRecord(
  task: string,
  numbers: Pick<TaskPosteriorRecord, 'trials' | 'successes' | 'alpha' | 'beta' | 'effectiveSampleSize' | 'gamma'>,
): TaskPosteriorRecord {
  const { alpha, beta } = numbers
  return {
    task,
    ...numbers,
    mean: alpha / (alpha + beta),
    lower: betaQuantile(0.05, alpha, beta),
    upper: betaQuantile(0.95, alpha, beta),
  }
}
