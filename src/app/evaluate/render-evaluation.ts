import { STAGES } from '../../core/contracts/stage.ts'
import { textTable } from '../report/text-table.ts'
import type { EvaluationReport } from './evaluation-report.ts'
import { type MeanAndStd, type ProtocolFigures, protocolTitle, type VariantFigures } from './evaluation.ts'
import type { Metric } from './judge-run.ts'
import { PROTOCOLS } from './run-protocol.ts'

const SHOWN = ['auc', 'gauc', 'ndcg5', 'logLoss', 'ece', 'pcoc', 'relaImpr'] as const
const GROUPED: readonly string[] = ['gauc', 'ndcg5', 'ndcg10']

/** The evaluation as tables: variants side by side per protocol and task, then what differs from the base. */
export function renderEvaluation(report: EvaluationReport): string {
  const lines: string[] = []
  for (const protocol of PROTOCOLS) {
    const figures = report.protocols[protocol]
    if (!figures) continue
    lines.push(`${protocolTitle(protocol, report.plan.judge)}; ${figures.rows} rows of ${figures.users} users`)
    lines.push(...(protocol === 'sync' ? syncTable(figures) : mainTable(figures)), '')
    lines.push(...differenceTable(figures, report.plan.base))
    if (protocol !== 'sync') lines.push(...stageTable(figures))
  }
  if (report.protocols.split) {
    lines.push('GAUC and NDCG@5 are grouped by user, with the state frozen at the user’s first row of the judged days.')
  }
  return lines.join('\n').trimEnd()
}

/** A metric's view: grouped ones are fair with frozen state alone. */
export function viewOf(metric: string, { views }: VariantFigures): string {
  const names = Object.keys(views)
  return GROUPED.includes(metric) && names.includes('frozen') ? 'frozen' : names[0]
}

function mainTable({ variants }: ProtocolFigures): string[] {
  const rows = Object.entries(variants).flatMap(([name, of]) =>
    Object.keys(Object.values(of.views)[0]).map((task) => [
      name,
      task,
      ...SHOWN.map((metric) => {
        const figure = of.views[viewOf(metric, of)][task].overall[metric]
        return metric === 'relaImpr' ? percent(figure.mean) : figureText(figure)
      }),
    ]),
  )
  return textTable([['mode', 'task', ...SHOWN], ...rows], 2)
}

function syncTable({ variants }: ProtocolFigures): string[] {
  const rows = Object.entries(variants).flatMap(([name, { views }]) =>
    Object.entries(views).map(([view, byTask]) => [
      name,
      ...view.split('/'),
      ...Object.values(byTask).map(({ overall }) => figureText(overall.auc)),
    ]),
  )
  const tasks = Object.keys(Object.values(Object.values(variants)[0].views)[0])
  return textTable([['mode', 'copy refreshed', 'state', ...tasks.map((task) => `auc ${task}`)], ...rows], 3)
}

function differenceTable({ variants }: ProtocolFigures, base: string): string[] {
  const rows = Object.entries(variants).flatMap(([name, { paired }]) =>
    Object.entries(paired ?? {}).map(([task, { auc, logLoss }]) => [
      name,
      task,
      points(auc.difference),
      interval(auc.low, auc.high),
      interval(auc.usersLow, auc.usersHigh),
      interval(auc.seedsLow, auc.seedsHigh),
      nats(logLoss.difference),
      Number.isNaN(logLoss.low + logLoss.high) ? 'n/a' : `${nats(logLoss.low)} .. ${nats(logLoss.high)}`,
    ]),
  )
  if (rows.length === 0) return []
  return [
    `Differences from ${base}: AUC in points, log loss in nats; 95 % intervals over resampled users and seeds, users alone, seeds alone`,
    ...textTable(
      [['mode', 'task', 'auc', 'users and seeds', 'users', 'seeds', 'log loss', 'users and seeds'], ...rows],
      2,
    ),
    '',
  ]
}

function stageTable({ variants }: ProtocolFigures): string[] {
  const metric: Metric = 'auc'
  const rows = Object.entries(variants).flatMap(([name, of]) =>
    Object.entries(of.views[viewOf(metric, of)]).map(([task, { stages }]) => [
      name,
      task,
      ...STAGES.map((stage) => figureText(stages[stage][metric])),
    ]),
  )
  return ['AUC by the stage at the impression', ...textTable([['mode', 'task', ...STAGES], ...rows], 2), '']
}

export function points(value: number): string {
  if (Number.isNaN(value)) return 'n/a'
  const text = (100 * value).toFixed(2)
  return text === '-0.00' ? '+0.00' : value >= 0 ? `+${text}` : text
}

function nats(value: number): string {
  return Number.isNaN(value) ? 'n/a' : `${value >= 0 ? '+' : ''}${value.toFixed(4)}`
}

export function interval(low: number, high: number): string {
  return Number.isNaN(low + high) ? 'n/a' : `${points(low)} .. ${points(high)}`
}

export function percent(value: number): string {
  return Number.isNaN(value) ? 'n/a' : `${points(value)} %`
}

export function figureText({ mean, std }: MeanAndStd): string {
  if (Number.isNaN(mean)) return 'n/a'
  return Number.isNaN(std) ? mean.toFixed(4) : `${mean.toFixed(4)} ±${std.toFixed(4)}`
}
