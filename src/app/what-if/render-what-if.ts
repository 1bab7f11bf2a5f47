import { USER_ALERT_KINDS } from '../../core/contracts/lifecycle-alert.ts'
import { STAGES, type Stage } from '../../core/contracts/stage.ts'
import { textTable } from '../report/text-table.ts'
import type { FlowCounts } from './side.ts'
import type { DifferingUser, UserAtEnd } from './compare-users.ts'
import type { WhatIf } from './what-if.ts'

/** The report as a person reads it in a terminal. */
export function renderWhatIf(result: WhatIf): string {
  const { changed, before, after, users, differingUsers, sample, stages } = result
  return [
    ...changed.map(({ setting, from, to }) => `${setting}: ${String(from)} in this world, ${String(to)} in the other`),
    spanText(result),
    '',
    ...textTable([
      ['', 'this world', 'the other', 'difference'],
      ...STAGES.map((stage) => row(`users ${stage}`, before.users[stage], after.users[stage])),
      row('stage changes', before.moves, after.moves),
      row('fell silent', before.dormant, after.dormant),
      row('returned', before.returned, after.returned),
      ...USER_ALERT_KINDS.map((kind) => row(`alerts ${kind}`, before.alerts[kind], after.alerts[kind])),
    ]),
    '',
    'stage changes, this world > the other (rows: from, columns: to)',
    ...flowTable(before.flow, after.flow),
    '',
    `${differingUsers} of ${users} users end in another stage (rows: this world, columns: the other)`,
    ...textTable([['', ...STAGES], ...STAGES.map((from) => [from, ...STAGES.map((to) => String(stages[from][to]))])]),
    ...(result.ranker ? ['', ...rankerTable(result.ranker)] : []),
    ...(sample.length > 0 ? ['', `${sample.length} of them`, ...sample.flatMap(renderUser)] : []),
  ].join('\n')
}

/** What was replayed, and from when the change holds. */
export function spanText({ from, to, changedFrom, records, users }: WhatIf): string {
  const begin = from === null ? 'the first event' : iso(from)
  const since = changedFrom === null ? 'the first event' : iso(changedFrom)
  return `changed from ${since} on; counted from ${begin} to ${iso(to)}; ${records} records, ${users} users`
}

/** Why the two worlds place a user differently, as one sentence a world. */
export function whyText({ stage, since, stageProbabilities, lastMove }: UserAtEnd): string {
  const beliefs = STAGES.map((name, s) => `${name} ${(100 * stageProbabilities[s]).toFixed(0)} %`).join(', ')
  const minute = (timeMs: number) => iso(timeMs).slice(0, 16).replace('T', ' ')
  const move = lastMove ? `came from ${lastMove.from} on ${minute(lastMove.eventTime)}` : `since ${minute(since)}`
  return `${stage}, ${move}; believes ${beliefs}`
}

export function ratesText({ tasks }: DifferingUser): string {
  return tasks
    .map(
      ({ task, mean, lower, upper, successes, trials }) =>
        `${task} ${mean.toFixed(3)} (${lower.toFixed(3)} .. ${upper.toFixed(3)}), ${successes} of ${trials}`,
    )
    .join('; ')
}

function renderUser(user: DifferingUser): string[] {
  return [
    `  ${user.userId}`,
    `    this world  ${whyText(user.before)}`,
    `    the other   ${whyText(user.after)}`,
    `    rates       ${ratesText(user)}`,
  ]
}

function rankerTable({ beforeMode, afterMode, before, after }: NonNullable<WhatIf['ranker']>): string[] {
  const rows = before.map(({ task, auc, logLoss, examples }, k) => [
    task,
    auc.toFixed(4),
    after[k].auc.toFixed(4),
    signed(after[k].auc - auc, 4),
    logLoss.toFixed(4),
    after[k].logLoss.toFixed(4),
    String(examples),
  ])
  return [
    `ranker, prequential: ${beforeMode} as published, ${afterMode} on the other world's examples`,
    ...textTable([['task', 'AUC', 'AUC other', 'difference', 'log loss', 'log loss other', 'examples'], ...rows]),
  ]
}

function flowTable(before: FlowCounts, after: FlowCounts): string[] {
  const cell = (from: Stage, to: Stage) => (from === to ? '-' : `${before[from][to]} > ${after[from][to]}`)
  return textTable([['', ...STAGES], ...STAGES.map((from) => [from, ...STAGES.map((to) => cell(from, to))])])
}

function row(name: string, before: number, after: number): string[] {
  return [name, String(before), String(after), signed(after - before, 0)]
}

export function signed(value: number, digits: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(digits)}`
}

export function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
