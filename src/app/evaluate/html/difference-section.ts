import { protocolTitle } from '../evaluation.ts'
import type { EvaluationReport } from '../evaluation-report.ts'
import { escapeHtml } from './escape-html.ts'
import { intervalBars } from './plots.ts'
import type { Section } from './section.ts'

/** Ablation bars: what each model gains on the base, in points of AUC. */
export function differenceSection(report: EvaluationReport): Section {
  const { base, seeds } = report.plan
  const notes = new Map(report.variants.map(({ name, note }) => [name, note ?? '']))
  const parts = (['prequential', 'split'] as const).flatMap((protocol) => {
    const paired = Object.entries(report.protocols[protocol]?.variants ?? {}).flatMap(([name, of]) =>
      of.paired ? [[name, of.paired] as const] : [],
    )
    if (paired.length === 0) return []
    const charts = ['mean', ...report.data.tasks.map(({ name }) => name)].map((task) => {
      const rows = paired.map(([name, of]) => {
        const { difference, low, high } = of[task].auc
        return {
          name,
          note: task === 'mean' ? notes.get(name)! : '',
          value: 100 * difference,
          low: 100 * low,
          high: 100 * high,
        }
      })
      const bars = intervalBars(rows)
      const title = task === 'mean' ? 'mean over the tasks' : task
      if (task === 'mean') return `<h3>${escapeHtml(title)}</h3>${bars}`
      return `<details><summary>${escapeHtml(title)}</summary>${bars}</details>`
    })
    return [`<h3>${escapeHtml(protocolTitle(protocol, report.plan.judge))}</h3>`, ...charts]
  })
  const over = seeds > 1 ? 'resampled users and seeds' : 'resampled users'
  const note = `<p class="note">AUC less that of ${escapeHtml(base)}, in points, with its 95 % interval over ${over}. Green and red: the interval does not hold 0.</p>`
  return { id: 'differences', title: `What each adds to ${base}`, html: parts.length > 0 ? note + parts.join('') : '' }
}
