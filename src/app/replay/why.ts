import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { Stage } from '../../core/contracts/stage.ts'
import { STAGES } from '../../core/contracts/stage.ts'
import type { StageTransition, TransitionReason } from '../../core/contracts/stage-transition.ts'
import type { TaskPosteriorRecord, UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { movingTask } from '../../core/lifecycle/moving-task.ts'
import type { Steps } from './state-at.ts'
import type { StepCause, UserStep } from './user-replay.ts'

/** Events named for one move at most: those that raised the probability of the new stage most. */
const MOST_EVENTS = 5

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
  /** Task whose rate it changed most, of those in the stage rules; null for none. */
  readonly task: string | null
  /** Null before the first event of the user. */
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
}

/** The moves of a user with the events behind them. Throws LifecycleError `unknown-user`. Keeps a few steps a move. */
export async function whyOf(userId: string, steps: Steps, query: WhyQuery = {}): Promise<Why> {
  const { fromMs = -Infinity, toMs = Infinity, limit = 1000 } = query
  const moves: WhyMove[] = []
  let candidates = new Candidates()
  let omitted = 0
  let count = 0
  let previous: UserStateRecord | null = null
  let erased = false
  for await (const step of steps) {
    if (!step.state) {
      ;[previous, omitted, count, erased] = [null, 0, 0, true]
      moves.length = 0
      candidates = new Candidates()
      continue
    }
    count++
    const whyStep = whyStepOf(step, previous, step.state)
    for (const transition of step.transitions) {
      const byEvidence = transition.reason === 'evidence'
      if (step.timeMs >= fromMs && step.timeMs <= toMs) {
        moves.push(moveOf(transition, whyStep, byEvidence ? candidates : null))
        if (moves.length > limit) {
          moves.shift()
          omitted++
        }
      }
      if (byEvidence) candidates = new Candidates()
    }
    candidates.add(whyStep)
    previous = step.state
  }
  if (count > 0) return { userId, moves, omitted, steps: count }
  const why = erased ? 'they have been erased' : 'no such user has been seen'
  throw new LifecycleError('unknown-user', `Cannot tell why ${userId} is where they are: ${why}`)
}

/** For each stage the steps since the last move that raised its probability most. */
class Candidates {
  readonly #byStage = STAGES.map((): { readonly step: WhyStep; readonly gain: number }[] => [])

  add(step: WhyStep): void {
    if (!step.before) return
    for (const [s, held] of this.#byStage.entries()) {
      const gain = step.after.stageProbabilities[s] - step.before.stageProbabilities[s]
      if (gain <= 0 || (held.length === MOST_EVENTS && gain <= held[MOST_EVENTS - 1].gain)) continue
      held.push({ step, gain })
      held.sort((a, b) => b.gain - a.gain)
      held.length = Math.min(held.length, MOST_EVENTS)
    }
  }

  /** Those of a stage in the order of time, without the one that decided. */
  of(stage: Stage, decided: WhyStep): WhyStep[] {
    const steps = this.#byStage[STAGES.indexOf(stage)].map(({ step }) => step)
    return steps.filter((step) => step !== decided).sort((a, b) => a.timeMs - b.timeMs || a.offset - b.offset)
  }

  /** Task of the step that raised a stage most, `decided` among them. */
  taskOf(stage: Stage, decided: WhyStep): string | null {
    this.add(decided)
    return this.#byStage[STAGES.indexOf(stage)].find(({ step }) => step.task !== null)?.step.task ?? null
  }
}

function whyStepOf(step: UserStep, before: UserStateRecord | null, after: UserStateRecord): WhyStep {
  const { timeMs, offset, cause, stageTasks } = step
  const task = before && movingTask(before.tasks, after.tasks, stageTasks)
  return { timeMs, offset, cause, task, before: before && beliefOf(before), after: beliefOf(after) }
}

function beliefOf({ stageProbabilities, tasks, bundleVersion }: UserStateRecord): Belief {
  return { stageProbabilities, tasks, bundleVersion }
}

function moveOf(
  { from, to, reason, probability, heldForMs, ruleVersion }: StageTransition,
  decided: WhyStep,
  candidates: Candidates | null,
): WhyMove {
  const raised = candidates?.of(to, decided) ?? []
  const task = candidates?.taskOf(to, decided) ?? null
  return { from, to, reason, probability, heldForMs, task, ruleVersion, decided, raised }
}
