import { type Evaluation, type MeanAndStd, METRICS } from './evaluation.ts'
import { PROTOCOLS } from './run-protocol.ts'

/** The evaluation as tables: modes side by side per protocol and task, then the paired differences. */
export function renderEvaluation({ modes, paired }: Evaluation): string {
  const lines: string[] = []
  for (const protocol of PROTOCOLS) {
    const judged = Object.entries(modes).filter(([, byProtocol]) => byProtocol[protocol])
    if (judged.length === 0) continue
    lines.push(protocol === 'split' ? 'Split: test days, model frozen' : 'Prequential: second half of one pass')
    lines.push(row(['mode', 'task', ...METRICS]))
    for (const [mode, byProtocol] of judged) {
      for (const [task, metrics] of Object.entries(byProtocol[protocol]!)) {
        lines.push(row([mode, task, ...METRICS.map((metric) => figure(metrics[metric]))]))
      }
    }
    lines.push('')
    for (const [pair, byProtocol] of Object.entries(paired)) {
      for (const [task, { auc }] of Object.entries(byProtocol[protocol] ?? {})) {
        const points = (value: number) => `${value >= 0 ? '+' : ''}${(100 * value).toFixed(2)}`
        lines.push(
          `  ${pair.padEnd(12)}${task.padEnd(16)}AUC ${points(auc.difference)} points, 95 % interval ${points(auc.low)} to ${points(auc.high)}`,
        )
      }
    }
    lines.push('')
  }
  if (Object.values(modes).some((byProtocol) => byProtocol.split)) {
    lines.push('GAUC and NDCG@5 are grouped by user, with the state frozen at the user’s first row of the test.')
  }
  return lines.join('\n').trimEnd()
}

function row(cells: readonly string[]): string {
  return `  ${cells[0].padEnd(12)}${cells[1].padEnd(16)}${cells
    .slice(2)
    .map((cell) => cell.padStart(15))
    .join('')}`
}

function figure({ mean, std }: MeanAndStd): string {
  if (Number.isNaN(mean)) return '–'
  return Number.isNaN(std) ? mean.toFixed(4) : `${mean.toFixed(4)} ±${std.toFixed(4)}`
}
