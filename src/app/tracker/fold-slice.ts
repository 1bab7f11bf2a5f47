import type { Interaction } from '../../core/contracts/interaction.ts'
import type { Offset, SourcePosition, UserId } from '../../core/contracts/ids.ts'
import type { TrackOutput } from '../../core/contracts/track-output.ts'
import { type ActiveModel, type Tracked, trackUser } from '../../core/track-user.ts'
import { heldImpression, heldImpressionTime } from './held-user.ts'
import type { InputItem } from './input-item.ts'
import type { Timer } from './state-keys.ts'
import type { WorkingSet } from './working-set.ts'

/** Output of a slice with the input record it came from. */
export interface SliceOutput {
  readonly offset: number
  readonly output: TrackOutput | { readonly kind: 'erased'; readonly userId: UserId }
}

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

export function sumCounters(all: Iterable<TrackerCounters>): TrackerCounters {
  const sum = { ...NO_COUNTS }
  for (const counters of all) {
    for (const key of Object.keys(sum) as (keyof TrackerCounters)[]) sum[key] += counters[key]
  }
  return sum
}

/** Where a partition stands in event time, and what it has counted. */
export interface PartitionClock {
  /** Largest event time seen, unix ms; timers due up to here have fired. */
  streamTime: number
  readonly counters: TrackerCounters
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
  /** Before the item that is folded. */
  let streamTime = clock.streamTime

  const take = (offset: number, tracked: Tracked): void => {
    for (const output of tracked.outputs) {
      outputs.push({ offset, output })
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
      const timer = working.timers.next(timeMs)
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
    const held = working.user(userId)
    if (impressionId === null) {
      const timerBefore = held.user?.state.timerDue ?? 0
      const before = working.contentForSnapshot(held, offset)
      const tracked = trackUser(held.user, { kind: 'user-timer', timeMs: due, source }, model)
      if (tracked.result === 'folded' && tracked.user) {
        const changeTime = Math.max(due, clock.streamTime)
        if (before) working.putSnapshot(held, { offset, streamTime, changeTime }, before)
        working.putUser(held, tracked.user, timerBefore)
      }
      take(offset, tracked)
      return
    }
    const impressionTime = heldImpressionTime(held, impressionId)
    // Erased with its user.
    if (impressionTime === null) return
    // At the correction horizon the impression is forgotten, whatever became of it.
    if (due - impressionTime >= model.settings.joiner.correctionMs) {
      working.dropImpression(held, impressionId)
      return
    }
    const impression = heldImpression(held, impressionId)!
    const tracked = trackUser(null, { kind: 'impression-timer', impression, timeMs: due, source }, model)
    if (!tracked.impression) working.dropImpression(held, impressionId)
    take(offset, tracked)
  }

  const foldInteraction = (interaction: Interaction, offset: number): void => {
    const { userId, impressionId, type } = interaction
    const held = working.user(userId)
    const { user } = held
    const impression = impressionId && type !== 'impression' ? heldImpression(held, impressionId) : null
    const timerBefore = user?.state.timerDue ?? 0
    const source: SourcePosition = { ...position, offset: offset as Offset }
    const streamTimeMs = clock.streamTime
    const before = working.contentForSnapshot(held, offset)
    const tracked = trackUser(user, { kind: 'interaction', interaction, impression, streamTimeMs, source }, model)
    if (tracked.result === 'duplicate') counters.duplicates++
    if (tracked.result === 'folded' && tracked.user) {
      if (!user) counters.users++
      if (before) working.putSnapshot(held, { offset, streamTime, changeTime: clock.streamTime }, before)
      working.putUser(held, tracked.user, timerBefore)
      if (impression) working.putImpression(held, impression)
      else if (tracked.impression) working.addImpression(held, tracked.impression)
    }
    take(offset, tracked)
  }

  for (const item of items) {
    streamTime = clock.streamTime
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
      case 'erasure': {
        const held = working.user(item.userId)
        if (held.user) counters.users--
        working.erase(held)
        outputs.push({ offset: item.offset, output: { kind: 'erased', userId: item.userId } })
        break
      }
      case 'unusable': {
        const { offset, cause, field, reason } = item
        counters.events++
        counters.deadLetters++
        outputs.push({ offset, output: { kind: 'rejection', cause, field, reason } })
        break
      }
    }
  }
  return outputs
}
