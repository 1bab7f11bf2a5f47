import type { UserId } from '../../core/contracts/ids.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { type StageEffect, stageEffects } from '../../core/lifecycle/stage-effects.ts'
import { publishUserState } from '../../core/publish-user-state.ts'
import type { ActiveModel } from '../../core/track-user.ts'
import { posteriorsAt, type TaskPosterior } from '../../core/user-state/posterior.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { TOPICS } from '../topics.ts'
import type { SliceOutput } from '../tracker/fold-slice.ts'
import type { InputItem } from '../tracker/input-item.ts'
import type { WorkingSet } from '../tracker/working-set.ts'
import type { HistoryReader } from './history-reader.ts'
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
  /** For the one user. */
  readonly store: StateStore
}

/**
 * Replays one user out of a partition's input. All records are read, since the others' events move the stream time and
 * with it the user's timers, but only the user's are folded. In memory are a chunk of the input and the one user.
 */
export class UserReplay {
  private readonly options: UserReplayOptions
  private readonly replay: PartitionReplay
  private steps: UserStep[] = []
  /** Behind the latest step. */
  private posteriors: readonly TaskPosterior[] | null = null

  /** `history` must have been read. Throws LifecycleError `no-history` where it does not suffice. */
  constructor(options: UserReplayOptions) {
    const { log, codecs, history, userId, store } = options
    this.options = options
    this.replay = new PartitionReplay({
      log,
      codecs,
      store,
      partition: history.partition,
      stretches: history.stretches(),
      skips: history.skips(),
      only: (id) => id === userId,
      cachedUsers: 1,
      foldItems: (items, fold, working, model) => this.fold(items, fold, working, model),
    })
  }

  /** Next input offset. */
  get position(): number {
    return this.replay.position
  }

  /** The steps from where it stands up to where the tracker stood when the history was read. */
  async *follow(): AsyncGenerator<UserStep> {
    const { history } = this.options
    this.replay.extend(history.stretches(), history.skips())
    const end = history.meta.nextOffset
    while (await this.replay.step(end)) {
      const { steps } = this
      this.steps = []
      yield* steps
    }
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
      timeMs: this.replay.clock.streamTime,
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
