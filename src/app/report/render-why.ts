import { STAGES } from '../../core/contracts/stage.ts'
import type { Belief, Why, WhyMove, WhyStep } from '../replay/why.ts'
import { textTable } from './text-table.ts'

/** Why a user's stages changed, as a person reads it: each move with the events behind it. */
export function renderWhy({ userId, moves, omitted, steps, since }: Why): string {
  const head = `user ${userId}: ${moves.length + omitted} changes in ${steps} steps`
  const left = omitted > 0 ? [`(the first ${omitted} are left out)`] : []
  if (since !== null) left.push(`(told from ${time(since)} on; the log has lost what the changes before need)`)
  return [head, ...left, ...moves.flatMap((move) => ['', ...renderMove(move)])].join('\n')
}

function renderMove({
  from,
  to,
  reason,
  probability,
  heldForMs,
  task,
  decided,
  raised,
  ruleVersion,
}: WhyMove): string[] {
  const what = reason === 'evidence' ? `${from} -> ${to}` : `${reason} (${to})`
  const why = task === null ? '' : `, moved by ${task}`
  const head = `${time(decided.timeMs)}  ${what}, ${percent(probability)}, after ${duration(heldForMs)}${why}; rules ${ruleVersion}`
  const steps = [...raised, decided]
  const rows = steps.map((step) => [
    `  ${time(step.timeMs)}`,
    causeText(step),
    step.task ?? '-',
    rateText(step.before, step.task),
    rateText(step.after, step.task),
    ...STAGES.map((_, s) => `${share(step.before, s)} > ${share(step.after, s)}`),
    String(step.offset),
  ])
  return [
    head,
    ...textTable([['  time', 'event', 'task', 'rate before', 'rate after', ...STAGES, 'offset'], ...rows], 3),
  ]
}

function causeText({ cause, before, after }: WhyStep): string {
  const what = cause.kind === 'event' ? `${cause.type} ${cause.eventId}` : 'time passed'
  const bundle = before && before.bundleVersion !== after.bundleVersion ? ` (bundle ${after.bundleVersion})` : ''
  return `${what}${bundle}`
}

function rateText(belief: Belief | null, name: string | null): string {
  const found = belief?.tasks.find(({ task }) => task === name)
  return found ? `${found.mean.toFixed(3)} (${found.lower.toFixed(3)} .. ${found.upper.toFixed(3)})` : '-'
}

function share(belief: Belief | null, stage: number): string {
  return belief ? (100 * belief.stageProbabilities[stage]).toFixed(0) : '-'
}

function time(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`
}

function duration(ms: number): string {
  const hours = ms / 3_600_000
  if (hours >= 48) return `${(hours / 24).toFixed(1)} days`
  return hours >= 1 ? `${hours.toFixed(1)} hours` : `${(hours * 60).toFixed(0)} minutes`
}
