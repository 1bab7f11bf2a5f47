import { posteriorOf, type PublishedState, type Stage, type StateAnswer, STAGES } from 'stan-lifecycle/client'

/** What the shop's own model says of an item: the probability of each task, for whoever sees it. */
export interface Candidate {
  readonly itemId: string
  readonly scores: Readonly<Record<string, number>>
}

export interface Ranking {
  /** Item ids, the best first. */
  readonly order: readonly string[]
  /** What the order rests on: the user's state, or nothing but the model, and then why. */
  readonly basis: Stage | 'not personal: stale' | 'not personal: unknown user'
}

type Weights = Readonly<Record<string, number>>

/** What a user of each stage should be won for next: a click, time, an order. */
const STAGE_WEIGHTS: Readonly<Record<Stage, Weights>> = {
  new: { ctr: 1, stay: 0.3, cvr: 0.1 },
  wander: { ctr: 0.5, stay: 1, cvr: 0.2 },
  stick: { ctr: 0.3, stay: 0.7, cvr: 1 },
  loyal: { ctr: 0.3, stay: 0.5, cvr: 1.5 },
}

/** For whoever is not known well enough. */
const AVERAGE_WEIGHTS: Weights = { ctr: 0.6, stay: 0.6, cvr: 0.6 }

/** Orders candidates for a user. A state that the contract calls stale is not used: better the average than a wrong guess. */
export function rankCandidates(answer: StateAnswer, candidates: readonly Candidate[]): Ranking {
  const weights = answer.kind === 'fresh' ? weightsOf(answer.state) : AVERAGE_WEIGHTS
  const valueOf = ({ scores }: Candidate): number =>
    Object.entries(weights).reduce((sum, [task, weight]) => sum + weight * (scores[task] ?? 0), 0)
  const order = candidates
    .map((candidate) => ({ itemId: candidate.itemId, value: valueOf(candidate) }))
    .sort((left, right) => right.value - left.value)
    .map(({ itemId }) => itemId)
  if (answer.kind === 'fresh') return { order, basis: answer.state.stage }
  return { order, basis: answer.kind === 'stale' ? 'not personal: stale' : 'not personal: unknown user' }
}

/**
 * Weights of the stages, mixed by their probabilities, so that nothing jumps when a user crosses a border. A task counts
 * as the stages say as far as its posterior is narrow, and as for the average user for the rest.
 */
function weightsOf(state: PublishedState): Weights {
  const weights = Object.entries(AVERAGE_WEIGHTS).map(([task, average]) => {
    const posterior = posteriorOf(state, task)
    if (!posterior) return [task, average]
    const certainty = 1 - (posterior.upper - posterior.lower)
    const staged = STAGES.reduce((sum, stage, s) => sum + state.stageProbabilities[s] * STAGE_WEIGHTS[stage][task], 0)
    return [task, certainty * staged + (1 - certainty) * average]
  })
  return Object.fromEntries(weights)
}
