import type { AlertSlot } from '../contracts/alert-settings.ts'
import type { UserId } from '../contracts/ids.ts'
import type { Activity } from './activity.ts'
import type { DayBucket, OlderDays } from './day-window.ts'
import type { FrozenFeatures } from './frozen-features.ts'

/** Exponentially decayed evidence of one task in forward form: divide by 2^((now - landmark) / halfLife) to read it. */
export interface TaskEvidence {
  successWeight: number
  failureWeight: number
  /** Sum of squared weights, for the effective sample size. */
  squaredWeight: number
}

/**
 * Everything the tracker keeps of one user. It is updated in place by trackUser, which owns it for the call.
 * Times are unix ms, event time. T tasks.
 */
export interface UserState {
  readonly userId: UserId
  firstEventTime: number
  lastEventTime: number
  /** Time to which the decayed evidence refers. */
  landmark: number
  readonly evidence: TaskEvidence[]
  /** Algorithm 1 with decayed weights; empty unless configured. */
  readonly algorithmEvidence: TaskEvidence[]
  readonly buckets: DayBucket[]
  /** Sums of the buckets before the last; null when they have to be added up again. Not stored. */
  olderDays: OlderDays | null
  readonly activity: Activity
  /** 48-bit hashes of the latest event ids, oldest first. */
  readonly recentEventIds: number[]
  /** Tokens of the static attributes, 0 for one never seen. */
  readonly attributeTokens: number[]
  stage: number
  stageSince: number
  stageProbabilities: number[]
  /** Stage that leads the holder, and since when; -1 for none. */
  challenger: number
  challengerSince: number
  dormant: boolean
  /** The `returned` flag holds until then; 0 when it is not set. */
  returnedUntil: number
  /** Features of the last impression's moment, shared by all impressions of the same millisecond. */
  frozen: FrozenFeatures | null
  frozenTime: number
  /** When the user's one pending timer fires; 0 for none. */
  timerDue: number
  /** Offset of the input record that last changed this state. */
  sourceOffset: number
  /** Posteriors when the current stage was entered, (T, [trials, successes, alpha, beta, effective sample size, gamma]). */
  readonly stageEvidence: number[][]
  /** Alerts that have fired about the user, by the rule's place in USER_ALERT_KINDS. */
  readonly alertSlots: Map<number, AlertSlot>
}

export function emptyUserState(userId: UserId, firstEventTime: number, taskCount: number, attributeCount: number) {
  const noEvidence = (): TaskEvidence => ({ successWeight: 0, failureWeight: 0, squaredWeight: 0 })
  const state: UserState = {
    userId,
    firstEventTime,
    lastEventTime: firstEventTime,
    landmark: firstEventTime,
    evidence: Array.from({ length: taskCount }, noEvidence),
    algorithmEvidence: [],
    buckets: [],
    olderDays: null,
    activity: { gapCount: 0, logGapMean: 0, logGapSquares: 0 },
    recentEventIds: [],
    attributeTokens: new Array<number>(attributeCount).fill(0),
    stage: 0,
    stageSince: firstEventTime,
    stageProbabilities: [1, 0, 0, 0],
    challenger: -1,
    challengerSince: 0,
    dormant: false,
    returnedUntil: 0,
    frozen: null,
    frozenTime: 0,
    timerDue: 0,
    sourceOffset: 0,
    stageEvidence: Array.from({ length: taskCount }, () => [0, 0, 1, 1, 0, 0.5]),
    alertSlots: new Map(),
  }
  return state
}
