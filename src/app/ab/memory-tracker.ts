import TinyQueue from 'tinyqueue'
import type { EventId, Offset, SourcePosition, UserId } from '../../core/contracts/ids.ts'
import type { Interaction } from '../../core/contracts/interaction.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { type ActiveModel, type Tracked, type TrackedUser, trackUser } from '../../core/track-user.ts'
import { impressionTimers, type PendingImpression } from '../../core/user-state/pending-impression.ts'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly userId: UserId
  /** Null for a timer of the user. */
  readonly impressionId: EventId | null
}

/**
 * The tracker's pure function over all users of one partition, with its state in memory: no log, no store, no crash. What
 * it says is what PartitionTracker says on the same interactions and bundles.
 */
export class MemoryTracker {
  model: ActiveModel
  private readonly users = new Map<UserId, TrackedUser>()
  private readonly impressions = new Map<EventId, PendingImpression>()
  private readonly timers = new TinyQueue<Timer>([], (a, b) => a.dueMs - b.dueMs || a.order - b.order)
  private examples: TrainingExample[] = []
  private streamTimeMs = 0
  private offset = 0
  private order = 0

  constructor(model: ActiveModel) {
    this.model = model
  }

  userOf(userId: UserId): TrackedUser | null {
    return this.users.get(userId) ?? null
  }

  /** Impressions that still wait for outcomes. */
  get waitingCount(): number {
    return this.impressions.size
  }

  /** Fires what is due up to the event's time, then folds the event. */
  send(interaction: Interaction): void {
    this.advance(interaction.eventTime)
    const { userId, impressionId, type } = interaction
    const user = this.userOf(userId)
    const timerBefore = user?.state.timerDue ?? 0
    const impression = impressionId && type !== 'impression' ? (this.impressions.get(impressionId) ?? null) : null
    const { streamTimeMs } = this
    const source = this.sourceAt(this.offset++)
    const tracked = trackUser(user, { kind: 'interaction', interaction, impression, streamTimeMs, source }, this.model)
    this.keep(userId, tracked, timerBefore)
    if (!impression && tracked.impression) this.waitForOutcomes(tracked.impression)
  }

  /** Moves the stream time on; timers due up to there fire. */
  advance(timeMs: number): void {
    for (let timer = this.timers.peek(); timer && timer.dueMs <= timeMs; timer = this.timers.peek()) {
      this.timers.pop()
      this.streamTimeMs = Math.max(this.streamTimeMs, timer.dueMs)
      this.fire(timer)
    }
    this.streamTimeMs = Math.max(this.streamTimeMs, timeMs)
  }

  /** The examples since the last call, in stream order. */
  takeExamples(): TrainingExample[] {
    const { examples } = this
    this.examples = []
    return examples
  }

  private fire({ dueMs: timeMs, userId, impressionId }: Timer): void {
    const source = this.sourceAt(this.offset)
    if (impressionId === null) {
      const user = this.userOf(userId)
      const timerBefore = user?.state.timerDue ?? 0
      this.keep(userId, trackUser(user, { kind: 'user-timer', timeMs, source }, this.model), timerBefore)
      return
    }
    const impression = this.impressions.get(impressionId)
    if (!impression) return
    const tracked = trackUser(null, { kind: 'impression-timer', impression, timeMs, source }, this.model)
    if (!tracked.impression) this.impressions.delete(impressionId)
    this.collect(tracked)
  }

  private keep(userId: UserId, tracked: Tracked, timerBefore: number): void {
    this.collect(tracked)
    if (tracked.result !== 'folded' || !tracked.user) return
    this.users.set(userId, tracked.user)
    const { timerDue } = tracked.user.state
    if (timerDue > 0 && timerDue !== timerBefore) this.addTimer(timerDue, userId, null)
  }

  private waitForOutcomes(impression: PendingImpression): void {
    const { impressionId, userId } = impression
    this.impressions.set(impressionId, impression)
    const { closes, expires } = impressionTimers(impression, this.model.settings.joiner)
    this.addTimer(closes, userId, impressionId)
    this.addTimer(expires, userId, impressionId)
  }

  private addTimer(dueMs: number, userId: UserId, impressionId: EventId | null): void {
    this.timers.push({ dueMs, order: this.order++, userId, impressionId })
  }

  private collect({ outputs }: Tracked): void {
    for (const output of outputs) if (output.kind === 'example') this.examples.push(output.example)
  }

  private sourceAt(offset: number): SourcePosition {
    return { topic: 'interactions', partition: 0, offset: offset as Offset }
  }
}
