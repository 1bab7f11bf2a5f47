import { textTable } from '../report/text-table.ts'
import type { DriftPlan } from './drift-plan.ts'
import { AUC_WITHIN, type DriftResult, LOG_LOSS_WITHIN, type Recovery } from './recovery.ts'

/** The days as a table, then when each ranker is back. */
export function renderDrift(
  { change, daysBefore }: Pick<DriftPlan, 'change' | 'daysBefore'>,
  result: DriftResult,
): string {
  const { online, frozen, reference } = result.days
  const lines = [
    `Prequential, means over tasks and ${result.worlds.length} worlds; ${change} change at the start of day 0`,
  ]
  lines.push(
    ...textTable([
      ['day', 'examples', 'AUC online', 'frozen', 'reference', 'log loss online', 'frozen', 'reference'],
      ...online.map((day, i) => [
        String(i - daysBefore),
        String(Math.round(day.examples)),
        ...[day, frozen[i], reference[i]].map(({ auc }) => figure(auc)),
        ...[day, frozen[i], reference[i]].map(({ logLoss }) => figure(logLoss)),
      ]),
    ]),
  )
  lines.push(
    '',
    `Recovered for good: AUC within ${AUC_WITHIN} of the reference, log loss within ${100 * LOG_LOSS_WITHIN} %`,
  )
  lines.push(
    ...textTable([
      ['', 'by AUC', 'by log loss'],
      ...(['online', 'frozen'] as const).map((ranker) => [
        ranker,
        recovery(result.recovery[ranker].auc),
        recovery(result.recovery[ranker].logLoss),
      ]),
    ]),
    '',
    'The reference has lived in the changed world from its first day.',
  )
  return lines.join('\n')
}

function recovery({ days, examples }: Recovery): string {
  if (days === null || examples === null) return 'not within the days'
  return days === 0 ? 'at once' : `after ${days} ${days === 1 ? 'day' : 'days'}, ${examples} examples`
}

function figure(value: number): string {
  return Number.isNaN(value) ? 'n/a' : value.toFixed(4)
}
