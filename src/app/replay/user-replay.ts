import type { UserId } from '../../core/contracts/ids.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { type StageEffect, stageEffects } from '../../core/lifecycle/stage-effects.ts'
import { publishUserState } from '../../core/publish-user-state.ts'
import type { ActiveModel } from '../../core/track-user.ts'
import { pendingImpressionOf } from '../../core/user-state/open-impression.ts'
import { encodePendingImpression } from '../../core/user-state/pending-impression-codec.ts'
import type { UserSnapshot } from '../../core/user-state/user-snapshot-codec.ts'
import { posteriorsAt, type TaskPosterior } from '../../core/user-state/posterior.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { TOPICS } from '../topics.ts'
import type { SliceOutput } from '../tracker/fold-slice.ts'
import type { InputItem } from '../tracker/input-item.ts'
import { timersOf } from '../tracker/restore-store.ts'
import { impressionKey, userKey } from '../tracker/state-keys.ts'
import type { WorkingSet } from '../tracker/working-set.ts'
import type { HistoryReader, HistoryStretch } from './history-reader.ts'
import { type KnownChanges, nextReading } from './next-reading.ts'
import { PartitionReplay } from './partition-replay.ts'

export type StepCause =
  | { readonly kind: 'event'; readonly type: string; readonly eventId: string; readonly itemId: string }
  /** The time itself: a silence, the end of a lead's minimum time. */
  | { readonly kind: 'timer' }
  | { readonly kind: 'erasure' }

/** One change of a user. */
export interface UserStep {
  /** Offset of the input record that caused it; of a timer, that which moved the stream time past it. */
  readonly offset: number
  /** Stream time behind it, unix ms: from then on the state holds. Ascending. */
  readonly timeMs: number
  readonly cause: StepCause
  /** What is published of the user behind it; null after an erasure. */
  readonly state: UserStateRecord | null
  readonly transitions: readonly StageTransition[]
  /** What each task's change did to the probability of each stage; empty at the first step. */
  readonly effects: readonly StageEffect[]
}

export interface UserReplayOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly history: HistoryReader
  readonly userId: UserId
  /** Opens an empty store for the one user. */
  readonly store: () => StateStore
  /** Where to begin; null is the partition's first record. */
  readonly from: UserSnapshot | null
}

/**
 * Replays one user out of a partition's input. Of the records in which the user may have changed all are read, since the
 * others' events move the stream time and with it the user's timers, but only the user's are folded; from there to the
 * next such records it goes on with the snapshot before them. In memory are a chunk of the input and the one user.
 */
export class UserReplay {
  private readonly options: UserReplayOptions
  private store: StateStore | null = null
  private replay: PartitionReplay | null = null
  private steps: UserStep[] = []
  /** Behind the latest step. */
  private posteriors: readonly TaskPosterior[] | null = null
  private read = 0

  constructor(options: UserReplayOptions) {
    this.options = options
  }

  /** Next input offset; null before the first step. */
  get position(): number | null {
    return this.replay?.position ?? null
  }

  /** Input records read so far. */
  get recordsRead(): number {
    return this.read
  }

  /**
   * The steps from where it stands up to where the tracker stood when history and snapshots were read, or to the first
   * record behind `untilMs` with all that is read along with it. Throws LifecycleError `no-history` for records that the
   * topic no longer has.
   */
  async *follow(known: KnownChanges, untilMs = Infinity): AsyncGenerator<UserStep> {
    const { history, from } = this.options
    const replay = this.replay ?? (await this.begin(from))
    replay.extend(known.stretches, history.skips())
    for (;;) {
      const reading = nextReading(known, this.replay!.position)
      if (!reading) return
      if (reading.from) {
        if (reading.from.changeTime > untilMs) return
        await this.begin(reading.from)
      }
      yield* this.readTo(reading.to, untilMs)
      if (this.replay!.clock.streamTime > untilMs) return
    }
  }

  private async *readTo(end: number, untilMs: number): AsyncGenerator<UserStep> {
    const replay = this.replay!
    while (replay.position < end && replay.clock.streamTime <= untilMs) {
      const { position } = replay
      await replay.step(end)
      this.read += replay.position - position
      const { steps } = this
      this.steps = []
      yield* steps
    }
  }

  private async begin(snapshot: UserSnapshot | null): Promise<PartitionReplay> {
    const { log, codecs, history, userId, store } = this.options
    await this.store?.close()
    const stretches = history.knownStretches()
    this.store = store()
    if (snapshot) await this.fill(this.store, snapshot, stretches)
    this.replay = new PartitionReplay({
      log,
      codecs,
      store: this.store,
      partition: history.partition,
      stretches,
      skips: history.skips(),
      from: snapshot ?? undefined,
      only: (id) => id === userId,
      cachedUsers: 1,
      foldItems: (items, fold, working, model) => this.fold(items, fold, working, model),
    })
    return this.replay
  }

  /** Writes the user of a snapshot into a store, with the timers that wait for them. */
  private async fill(
    store: StateStore,
    { offset, content }: UserSnapshot,
    stretches: readonly HistoryStretch[],
  ): Promise<void> {
    if (content.kind !== 'user') return
    const { userId } = this.options
    const { settings } = stretches.findLast((stretch) => stretch.offset <= offset)!
    const stored = [
      { key: userKey(userId), value: content.state },
      ...content.impressions.map((open) => {
        const value = encodePendingImpression(pendingImpressionOf(userId, open))
        return { key: impressionKey(userId, open.impressionId), value }
      }),
    ]
    const timers = stored.flatMap(({ key, value }) => timersOf(key, value, settings.joiner))
    await store.apply({ entries: [...stored, ...timers], position: { nextOffset: offset, changelogOffset: 0 } })
  }

  private fold(
    items: readonly InputItem[],
    fold: (items: readonly InputItem[]) => SliceOutput[],
    working: WorkingSet,
    model: ActiveModel,
  ): SliceOutput[] {
    const { userId } = this.options
    const held = () => working.user(userId)?.user ?? null
    // Others' events that no timer of the user comes due in are folded together.
    let passing: InputItem[] = []
    const pass = () => {
      if (passing.length > 0) fold(passing)
      passing = []
    }
    for (const item of items) {
      const own = isOf(item, userId)
      const timeMs =
        item.kind === 'interaction' ? item.interaction.eventTime : item.kind === 'advance' ? item.timeMs : 0
      for (let due = held()?.state.timerDue ?? 0; due > 0 && due <= timeMs;) {
        pass()
        const outputs = fold([{ kind: 'advance', offset: item.offset, timeMs: due }])
        this.add(item.offset, { kind: 'timer' }, outputs, working, model)
        const next = held()?.state.timerDue ?? 0
        if (next === due) break
        due = next
      }
      if (!own) {
        passing.push(item)
        continue
      }
      pass()
      const outputs = fold([item])
      if (item.kind === 'erasure') this.add(item.offset, { kind: 'erasure' }, outputs, working, model)
      // A duplicate changes nothing, and neither does an outcome without its impression.
      else if (item.kind === 'interaction' && held()?.state.sourceOffset === item.offset) {
        const { type, eventId, itemId } = item.interaction
        this.add(item.offset, { kind: 'event', type, eventId, itemId }, outputs, working, model)
      }
    }
    pass()
    return []
  }

  private add(
    offset: number,
    cause: StepCause,
    outputs: readonly SliceOutput[],
    working: WorkingSet,
    model: ActiveModel,
  ): void {
    const { userId, history } = this.options
    const { user } = working.user(userId)
    const source = { topic: TOPICS.interactions, partition: history.partition }
    const posteriors = user && posteriorsAt(user.state, user.state.lastEventTime, model)
    this.steps.push({
      offset,
      timeMs: this.replay!.clock.streamTime,
      cause,
      state: user && publishUserState(user, source, model),
      transitions: outputs.flatMap(({ output }) => (output.kind === 'transition' ? [output.transition] : [])),
      effects: posteriors && this.posteriors ? stageEffects(this.posteriors, posteriors, model) : [],
    })
    this.posteriors = posteriors
  }
}

function isOf(item: InputItem, userId: UserId): boolean {
  return item.kind === 'interaction' ? item.interaction.userId === userId : item.kind === 'erasure'
}
