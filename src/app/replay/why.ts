import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Stage } from '../../core/contracts/stage.ts'
import { STAGES } from '../../core/contracts/stage.ts'
import type { StageTransition, TransitionReason } from '../../core/contracts/stage-transition.ts'
import type { StageEffect } from '../../core/lifecycle/stage-effects.ts'
import type { TaskPosteriorRecord, UserStateRecord } from '../../core/contracts/user-state-record.ts'
import type { UserPast } from './user-past.ts'
import type { StepCause, UserStep } from './user-replay.ts'

/** Events named for one move at most: those that raised the probability of the new stage most. */
const MOST_EVENTS = 5
/** Less is rounding. */
const LEAST_EFFECT = 1e-6

/** What was believed of a user at one moment. */
export interface Belief {
  readonly stageProbabilities: readonly number[]
  readonly tasks: readonly TaskPosteriorRecord[]
  readonly bundleVersion: number
}

/** One event, or the passing of time, with what was believed before and after it. */
export interface WhyStep {
  readonly timeMs: number
  readonly offset: number
  readonly cause: StepCause
  /** Task by whose change alone it raised the probability of the move's stage most; null for none. */
  readonly task: string | null
  /** Null before the first event of the user, or the first that is told. */
  readonly before: Belief | null
  readonly after: Belief
}

/** Why a stage or a flag changed. */
export interface WhyMove {
  readonly from: Stage
  readonly to: Stage
  readonly reason: TransitionReason
  readonly probability: number
  readonly heldForMs: number
  /** Task that moved it: that of the step that raised the probability of `to` most; null for none. */
  readonly task: string | null
  readonly ruleVersion: string
  /** The step at which it changed. */
  readonly decided: WhyStep
  /** Of a change by evidence: the earlier steps since the last move that raised the probability of `to` most, in order. */
  readonly raised: readonly WhyStep[]
}

export interface WhyQuery {
  /** Stream time, unix ms; both ends are included. */
  readonly fromMs?: number
  readonly toMs?: number
  /** Moves at most, the newest; more are counted. */
  readonly limit?: number
}

export interface Why {
  readonly userId: string
  readonly moves: readonly WhyMove[]
  /** Moves that were left out because there are more than `limit`. */
  readonly omitted: number
  readonly steps: number
  /** Unix ms from which on the changes are told, where the log has lost what the earlier ones need; null for all. */
  readonly since: number | null
}

/** The moves of a user with the events behind them. Throws LifecycleError `unknown-user`. Keeps a few steps a move. */
export async function whyOf(
  userId: string,
  past: Pick<UserPast, 'steps' | 'since' | 'isErased'>,
  query: WhyQuery = {},
): Promise<Why> {
  const { fromMs = -Infinity, toMs = Infinity, limit = 1000 } = query
  const moves: WhyMove[] = []
  let candidates = new Candidates()
  let omitted = 0
  let count = 0
  let previous: UserStateRecord | null = null
  let erased = false
  for await (const step of past.steps()) {
    if (!step.state) {
      ;[previous, omitted, count, erased] = [null, 0, 0, true]
      moves.length = 0
      candidates = new Candidates()
      continue
    }
    count++
    const change: Change = { step, before: previous, after: step.state }
    for (const transition of step.transitions) {
      const byEvidence = transition.reason === 'evidence'
      if (step.timeMs >= fromMs && step.timeMs <= toMs) {
        moves.push(moveOf(transition, change, byEvidence ? candidates : null))
        if (moves.length > limit) {
          moves.shift()
          omitted++
        }
      }
      if (byEvidence) candidates = new Candidates()
    }
    // What decided a move belongs to it, not to the next.
    if (!step.transitions.some(({ reason }) => reason === 'evidence')) candidates.add(change)
    previous = step.state
  }
  if (count > 0) return { userId, moves, omitted, steps: count, since: past.since }
  const why = erased || past.isErased ? 'they have been erased' : 'no such user has been seen'
  throw new LifecycleError('unknown-user', `Cannot tell why ${userId} is where they are: ${why}`)
}

/** A step with the states around it. */
interface Change {
  readonly step: UserStep
  readonly before: UserStateRecord | null
  readonly after: UserStateRecord
}

/** For each stage the changes since the last move that raised its probability most. */
class Candidates {
  readonly #byStage = STAGES.map((): { readonly change: Change; readonly gain: number }[] => [])

  add(change: Change): void {
    const { before, after } = change
    if (!before) return
    for (const [s, held] of this.#byStage.entries()) {
      const gain = after.stageProbabilities[s] - before.stageProbabilities[s]
      if (gain <= 0 || (held.length === MOST_EVENTS && gain <= held[MOST_EVENTS - 1].gain)) continue
      held.push({ change, gain })
      held.sort((a, b) => b.gain - a.gain)
      held.length = Math.min(held.length, MOST_EVENTS)
    }
  }

  /** Those of a stage, the one that raised it most first. */
  of(stage: Stage): WhyStep[] {
    return this.#byStage[STAGES.indexOf(stage)].map(({ change }) => whyStepOf(change, stage))
  }
}

function whyStepOf({ step, before, after }: Change, to: Stage): WhyStep {
  const { timeMs, offset, cause, effects } = step
  const effectOf = ({ byStage }: StageEffect): number => byStage[STAGES.indexOf(to)]
  const most = effects.toSorted((a, b) => effectOf(b) - effectOf(a))[0]
  const task = most && effectOf(most) > LEAST_EFFECT ? most.task : null
  return { timeMs, offset, cause, task, before: before && beliefOf(before), after: beliefOf(after) }
}

function beliefOf({ stageProbabilities, tasks, bundleVersion }: UserStateRecord): Belief {
  return { stageProbabilities, tasks, bundleVersion }
}

function moveOf(
  { from, to, reason, probability, heldForMs, ruleVersion }: StageTransition,
  change: Change,
  candidates: Candidates | null,
): WhyMove {
  const decided = whyStepOf(change, to)
  const most = candidates?.of(to) ?? []
  const task = [...most, decided].find((step) => step.task !== null)?.task ?? null
  const raised = most.toSorted((a, b) => a.timeMs - b.timeMs || a.offset - b.offset)
  return { from, to, reason, probability, heldForMs, task: candidates && task, ruleVersion, decided, raised }
}
