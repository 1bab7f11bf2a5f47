import type { TaskPosteriorRecord } from '../../contracts/user-state-record.ts'
import type { UserFacts } from './user-rule.ts'

const DAY_MS = 86_400_000

/** Counters and posterior of each task as texts, and the transition that led to the alert where there was one. */
export function posteriorEvidence(
  { stage, timeMs, transitions }: UserFacts,
  tasks: readonly TaskPosteriorRecord[],
): Record<string, string> {
  const evidence: Record<string, string> = { stage, time: new Date(timeMs).toISOString() }
  const transition = transitions.at(-1)
  if (transition) {
    evidence.from = transition.from
    evidence.to = transition.to
    evidence.heldDays = (transition.heldForMs / DAY_MS).toFixed(1)
    evidence.probability = transition.probability.toFixed(3)
  }
  for (const { task, trials, successes, mean, lower, upper } of tasks) {
    evidence[task] = `${successes}/${trials}, ${mean.toFixed(3)} (${lower.toFixed(3)} to ${upper.toFixed(3)})`
  }
  return evidence
}
