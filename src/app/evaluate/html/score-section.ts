import { STAGES } from '../../../core/contracts/stage.ts'
import { type ProtocolFigures, protocolTitle, type VariantFigures } from '../evaluation.ts'
import type { EvaluationReport } from '../evaluation-report.ts'
import { figureText, percent, viewOf } from '../render-evaluation.ts'
import { type Cell, htmlTable } from './html-table.ts'
import type { Section } from './section.ts'

const SHOWN = [
  ['auc', 'AUC'],
  ['gauc', 'GAUC'],
  ['ndcg5', 'NDCG@5'],
  ['ndcg10', 'NDCG@10'],
  ['logLoss', 'log loss'],
  ['ece', 'ECE'],
  ['pcoc', 'PCOC'],
] as const

export function scoreSection(report: EvaluationReport): Section {
  const html = (['split', 'prequential'] as const).flatMap((protocol) => {
    const figures = report.protocols[protocol]
    if (!figures) return []
    const title = `${protocolTitle(protocol, report.plan.judge)}; ${figures.rows} rows of ${figures.users} users`
    return report.data.tasks.flatMap(({ name }) => [
      metricTable(`${title}: ${name}`, figures, name),
      stageTable(`${name}: AUC by the stage at the impression`, figures, name),
    ])
  })
  const note =
    '<p class="note">Mean over seeds ± standard deviation. GAUC and NDCG are grouped by user, with model and state frozen at the first judged row of the user; where the model trains on they have no fair value. PCOC is predicted over observed. RelaImpr is (AUC − 0.5) / (base AUC − 0.5) − 1. n/a: there is no such figure, for want of a class or of rows.</p>'
  return { id: 'scores', title: 'Scores', html: html.length > 0 ? note + html.join('') : '' }
}

function metricTable(caption: string, { variants }: ProtocolFigures, task: string): string {
  const names = Object.keys(variants)
  const best = Math.max(
    ...names.map((name) => overallOf(variants[name], 'auc', task).auc.mean).filter((auc) => !Number.isNaN(auc)),
  )
  // Grouped metrics have no value where the model trains on.
  const shown = SHOWN.filter(([metric]) =>
    names.some((name) => !Number.isNaN(overallOf(variants[name], metric, task)[metric].mean)),
  )
  const rows = names.map((name): (Cell | string)[] => {
    const of = variants[name]
    return [
      name,
      ...shown.map(([metric]): Cell => {
        const figure = overallOf(of, metric, task)[metric]
        return { text: figureText(figure), best: metric === 'auc' && figure.mean === best }
      }),
      percent(overallOf(of, 'auc', task).relaImpr.mean),
    ]
  })
  return htmlTable(caption, ['model', ...shown.map(([, title]) => title), 'RelaImpr'], rows)
}

function stageTable(caption: string, { variants }: ProtocolFigures, task: string): string {
  const first = Object.values(variants)[0]
  const counts = STAGES.map((stage) => `${stage}, ${Object.values(first.views)[0][task].stages[stage].rows} rows`)
  const rows = Object.entries(variants).map(([name, { views }]) => [
    name,
    ...STAGES.map((stage) => figureText(Object.values(views)[0][task].stages[stage].auc)),
  ])
  return `<details><summary>${task}: by stage</summary>${htmlTable(caption, ['model', ...counts], rows)}</details>`
}

function overallOf(of: VariantFigures, metric: string, task: string) {
  return of.views[viewOf(metric, of)][task].overall
}
