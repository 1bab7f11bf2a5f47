import type { DeadLetterCause } from '../../core/contracts/dead-letter.ts'
import type { Interaction } from '../../core/contracts/interaction.ts'
import type { EventId, Offset, SourcePosition, UserId } from '../../core/contracts/ids.ts'
import type { TrackOutput } from '../../core/contracts/track-output.ts'
import { type ActiveModel, type Tracked, trackUser } from '../../core/track-user.ts'
import type { Timer } from './state-keys.ts'
import type { WorkingSet } from './working-set.ts'

/** One input record, decoded. */
export type InputItem =
  | { readonly kind: 'interaction'; readonly offset: number; readonly interaction: Interaction }
  | { readonly kind: 'erasure'; readonly offset: number; readonly userId: UserId }
  /** Moves the stream time of a partition without input; written into the log, so that a replay does the same. */
  | { readonly kind: 'advance'; readonly offset: number; readonly timeMs: number }
  | {
      readonly kind: 'unusable'
      readonly offset: number
      readonly cause: DeadLetterCause
      readonly field: string
      readonly reason: string
    }

/** Output of a slice with the input record it came from. */
export type SliceOutput = { readonly offset: number } & (
  | TrackOutput
  | { readonly kind: 'erased'; readonly userId: UserId }
)

/** Totals of a partition, kept with its state. */
export interface TrackerCounters {
  events: number
  duplicates: number
  deadLetters: number
  examples: number
  corrections: number
  transitions: number
  alerts: number
  users: number
}

export const NO_COUNTS: TrackerCounters = {
  events: 0,
  duplicates: 0,
  deadLetters: 0,
  examples: 0,
  corrections: 0,
  transitions: 0,
  alerts: 0,
  users: 0,
}

/** Where a partition stands in event time, and what it has counted. */
export interface PartitionClock {
  /** Largest event time seen, unix ms; timers due up to here have fired. */
  streamTime: number
  readonly counters: TrackerCounters
}

/** What a slice needs to have loaded before it is folded. */
export function needsOf(items: readonly InputItem[], streamTime: number) {
  const users: UserId[] = []
  const impressions: { userId: UserId; impressionId: EventId }[] = []
  const erasedUsers: UserId[] = []
  let untilMs = streamTime
  for (const item of items) {
    if (item.kind === 'erasure') erasedUsers.push(item.userId)
    else if (item.kind === 'advance') untilMs = Math.max(untilMs, item.timeMs)
    else if (item.kind === 'interaction') {
      const { userId, impressionId, eventTime } = item.interaction
      users.push(userId)
      if (impressionId) impressions.push({ userId, impressionId })
      untilMs = Math.max(untilMs, eventTime)
    }
  }
  return { users, impressions, erasedUsers, afterMs: streamTime, untilMs }
}

/**
 * Folds a slice of one partition into the working set, timers included: before an item the timers that its event time
 * passes fire, in the order of their due times. Timers that a late event sets behind the stream time fire right after it.
 */
export function foldSlice(
  items: readonly InputItem[],
  working: WorkingSet,
  clock: PartitionClock,
  model: ActiveModel,
  position: Pick<SourcePosition, 'topic' | 'partition'>,
): SliceOutput[] {
  const outputs: SliceOutput[] = []
  const { counters } = clock

  const take = (offset: number, tracked: Tracked): void => {
    for (const output of tracked.outputs) {
      outputs.push({ offset, ...output })
      if (output.kind === 'example') {
        if (output.example.kind === 'final') counters.examples++
        else counters.corrections++
      } else if (output.kind === 'transition') counters.transitions++
      else if (output.kind === 'alert') counters.alerts++
      else counters.deadLetters++
    }
  }

  const fireUntil = (timeMs: number, offset: number): void => {
    for (;;) {
      const timer = working.nextTimer(timeMs)
      if (!timer) return
      fireTimer(timer, offset)
    }
  }

  const advanceTo = (timeMs: number, offset: number): void => {
    if (timeMs <= clock.streamTime) return
    fireUntil(timeMs, offset)
    clock.streamTime = timeMs
  }

  const fireTimer = (timer: Timer, offset: number): void => {
    const source: SourcePosition = { ...position, offset: offset as Offset }
    const { userId, impressionId, due } = timer
    if (impressionId === null) {
      const user = working.user(userId)
      const timerBefore = user?.state.timerDue ?? 0
      const tracked = trackUser(user, { kind: 'user-timer', timeMs: due, source }, model)
      if (tracked.result === 'folded' && tracked.user) working.putUser(tracked.user, timerBefore)
      take(offset, tracked)
      return
    }
    const impressionTime = working.impressionTime(userId, impressionId)
    // Erased with its user.
    if (impressionTime === null) return
    // At the correction horizon the impression is forgotten, whatever became of it.
    if (due - impressionTime >= model.settings.joiner.correctionMs) {
      working.dropImpression({ userId, impressionId })
      return
    }
    const impression = working.impression(userId, impressionId)!
    const tracked = trackUser(null, { kind: 'impression-timer', impression, timeMs: due, source }, model)
    if (!tracked.impression) working.dropImpression({ userId, impressionId })
    take(offset, tracked)
  }

  const foldInteraction = (interaction: Interaction, offset: number): void => {
    const { userId, impressionId, type } = interaction
    const user = working.user(userId)
    const impression = impressionId && type !== 'impression' ? working.impression(userId, impressionId) : null
    const userTimer = user?.state.timerDue ?? 0
    const source: SourcePosition = { ...position, offset: offset as Offset }
    const streamTimeMs = clock.streamTime
    const tracked = trackUser(user, { kind: 'interaction', interaction, impression, streamTimeMs, source }, model)
    if (tracked.result === 'duplicate') counters.duplicates++
    if (tracked.result === 'folded' && tracked.user) {
      if (!user) counters.users++
      working.putUser(tracked.user, userTimer)
      if (impression) working.putImpression(impression)
      else if (tracked.impression) working.addImpression(tracked.impression, model.settings.joiner)
    }
    take(offset, tracked)
  }

  for (const item of items) {
    switch (item.kind) {
      case 'interaction':
        counters.events++
        advanceTo(item.interaction.eventTime, item.offset)
        foldInteraction(item.interaction, item.offset)
        // A late event sets timers that the stream time has passed; a later slice would not look for them.
        fireUntil(clock.streamTime, item.offset)
        break
      case 'advance':
        advanceTo(item.timeMs, item.offset)
        break
      case 'erasure':
        if (working.user(item.userId)) counters.users--
        working.erase(item.userId)
        outputs.push({ kind: 'erased', userId: item.userId, offset: item.offset })
        break
      case 'unusable':
        counters.events++
        counters.deadLetters++
        outputs.push({
          kind: 'rejection',
          offset: item.offset,
          cause: item.cause,
          field: item.field,
          reason: item.reason,
        })
        break
    }
  }
  return outputs
}
