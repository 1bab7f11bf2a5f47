import { STAGES } from '../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { textTable } from './text-table.ts'

/** A user's state as a person reads it. */
export function renderState(state: UserStateRecord): string {
  const flags = [...(state.dormant ? ['dormant'] : []), ...(state.returned ? ['returned'] : [])]
  const tasks = state.tasks.map(({ task, successes, trials, mean, lower, upper, effectiveSampleSize, gamma }) => [
    task,
    `${successes} of ${trials}`,
    mean.toFixed(4),
    `${lower.toFixed(4)} .. ${upper.toFixed(4)}`,
    effectiveSampleSize.toFixed(1),
    gamma.toFixed(4),
  ])
  return [
    `user        ${state.userId}`,
    `stage       ${state.stage} since ${time(state.since)}${flags.length > 0 ? ` (${flags.join(', ')})` : ''}`,
    `            ${STAGES.map((stage, s) => `${stage} ${percent(state.stageProbabilities[s])}`).join('  ')}`,
    `last event  ${time(state.eventTime)}`,
    '',
    ...textTable([['task', '30 days', 'rate', '5 % .. 95 %', 'evidence', 'gamma'], ...tasks]),
    '',
    `embedding   ${state.embedding.length} numbers of bundle ${state.embeddingVersion}; rules ${state.ruleVersion}`,
    `source      ${state.source.topic}/${state.source.partition}@${state.source.offset}`,
  ].join('\n')
}

function time(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
