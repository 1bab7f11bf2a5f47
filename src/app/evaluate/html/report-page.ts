import type { EvaluationReport } from '../evaluation-report.ts'
import { cardSection } from './card-section.ts'
import { curveSection } from './curve-section.ts'
import { differenceSection } from './difference-section.ts'
import { escapeHtml } from './escape-html.ts'
import { PAGE_STYLE } from './page-style.ts'
import { posteriorSection } from './posterior-section.ts'
import { scoreSection } from './score-section.ts'
import { stageSection } from './stage-section.ts'
import { syncSection } from './sync-section.ts'

/** The evaluation as one HTML file that loads nothing and runs no script. The same report gives the same bytes. */
export function reportPage(report: EvaluationReport): string {
  const sections = [
    scoreSection(report),
    differenceSection(report),
    curveSection(report),
    syncSection(report),
    posteriorSection(report),
    stageSection(report),
    cardSection(report),
  ].filter(({ html }) => html !== '')
  const links = sections.map(({ id, title }) => `<a href="#${id}">${escapeHtml(title)}</a>`)
  const parts = sections.map(
    ({ id, title, html }) => `<section id="${id}"><h2>${escapeHtml(title)}</h2>${html}</section>`,
  )
  const { data, plan, variants } = report
  const title = `Evaluation on ${data.source.split(':')[0]}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
<p class="lead">${variants.length} models trained on the same ${data.examples.toLocaleString('en-US')} examples, ${plan.seeds} ${plan.seeds === 1 ? 'seed' : 'seeds'} each; trained to ${plan.trainTo}, validated to ${plan.validTo}, judged on the ${plan.judge === 'test' ? 'days after it' : 'validation days'}.</p>
${tiles(report)}<nav>${links.join('')}</nav>
${parts.join('\n')}
</main></body></html>
`
}

function tiles({ data, protocols }: EvaluationReport): string {
  const figures = protocols.prequential ?? protocols.split
  const best = data.tasks.map(({ name }) => {
    const scored = Object.entries(figures?.variants ?? {}).map(
      ([variant, { views }]) => [variant, Object.values(views)[0][name].overall.auc.mean] as const,
    )
    const [top] = scored.filter(([, auc]) => !Number.isNaN(auc)).sort(([, a], [, b]) => b - a)
    return tile(top ? top[1].toFixed(4) : 'n/a', `best AUC ${name}${top ? `: ${top[0]}` : ''}`)
  })
  return `<ul class="tiles">${[
    ...best,
    tile(data.users.toLocaleString('en-US'), 'users'),
    tile(data.items.toLocaleString('en-US'), 'items'),
  ].join('')}</ul>`
}

function tile(value: string, label: string): string {
  return `<li><b>${escapeHtml(value)}</b><span>${escapeHtml(label)}</span></li>`
}
