import type { EvaluationReport } from '../evaluation-report.ts'
import { figureText } from '../render-evaluation.ts'
import { htmlTable } from './html-table.ts'
import type { Section } from './section.ts'

/** The serving copy's AUC by how often it is refreshed. */
export function syncSection({ protocols, data }: EvaluationReport): Section {
  const figures = protocols.sync
  if (!figures) return { id: 'sync', title: '', html: '' }
  const rows = Object.entries(figures.variants).flatMap(([name, { views }]) =>
    Object.entries(views).map(([view, byTask]) => {
      const [interval, state] = view.split('/')
      const every = /^\d+$/.test(interval) ? `${interval} examples` : interval
      return [name, every, state, ...data.tasks.map((task) => figureText(byTask[task.name].overall.auc))]
    }),
  )
  const head = ['model', 'copy refreshed', 'state', ...data.tasks.map(({ name }) => `AUC ${name}`)]
  const note =
    '<p class="note">The model trains on through the days after the training days; what serves is a copy of it. “never” is the frozen model. State frozen: each user’s state stands still from their first row on.</p>'
  const table = htmlTable(`AUC of the serving copy, ${figures.rows} rows`, head, rows, 3)
  return { id: 'sync', title: 'Online against frozen', html: note + table }
}
