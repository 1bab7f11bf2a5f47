import { textTable } from '../report/text-table.ts'
import { type Evaluation, type MeanAndStd, METRICS } from './evaluation.ts'
import { PROTOCOLS } from './run-protocol.ts'

/** The evaluation as tables: modes side by side per protocol and task, then the paired differences. */
export function renderEvaluation({ modes, paired }: Evaluation): string {
  const lines: string[] = []
  for (const protocol of PROTOCOLS) {
    const rows = Object.entries(modes).flatMap(([mode, byProtocol]) =>
      Object.entries(byProtocol[protocol] ?? {}).map(([task, metrics]) => {
        return [mode, task, ...METRICS.map((metric) => figure(metrics[metric]))]
      }),
    )
    if (rows.length === 0) continue
    lines.push(protocol === 'split' ? 'Split: test days, model frozen' : 'Prequential: second half of one pass')
    lines.push(...textTable([['mode', 'task', ...METRICS], ...rows], 2), '')
    const differences = Object.entries(paired).flatMap(([pair, byProtocol]) =>
      Object.entries(byProtocol[protocol] ?? {}).map(([task, { auc }]) => {
        return [pair, task, points(auc.difference), `${points(auc.low)} .. ${points(auc.high)}`]
      }),
    )
    if (differences.length === 0) continue
    lines.push('Difference of AUC, in points, with its 95 % interval over users')
    lines.push(...textTable([['pair', 'task', 'difference', 'interval'], ...differences], 2), '')
  }
  if (Object.values(modes).some((byProtocol) => byProtocol.split)) {
    lines.push('GAUC and NDCG@5 are grouped by user, with the state frozen at the user’s first row of the test.')
  }
  return lines.join('\n').trimEnd()
}

function points(value: number): string {
  return Number.isNaN(value) ? '–' : `${value >= 0 ? '+' : ''}${(100 * value).toFixed(2)}`
}

function figure({ mean, std }: MeanAndStd): string {
  if (Number.isNaN(mean)) return '–'
  return Number.isNaN(std) ? mean.toFixed(4) : `${mean.toFixed(4)} ±${std.toFixed(4)}`
}
