import type { EvaluationReport } from '../evaluation-report.ts'
import { escapeHtml } from './escape-html.ts'
import type { Section } from './section.ts'

export function cardSection({ card }: EvaluationReport): Section {
  const list = (title: string, lines: readonly (readonly [string, string])[]) =>
    `<div><h3>${title}</h3><dl>${lines
      .map(([name, text]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd>`)
      .join('')}</dl></div>`
  const limits = card.limits.map((limit) => `<li>${escapeHtml(limit)}</li>`)
  return {
    id: 'card',
    title: `Model card: ${card.model}`,
    html:
      `<p class="note">${escapeHtml(`${card.model} is ${card.why}.`)} Made from the facts of this run.</p><div class="columns">` +
      `${list('Data', card.data)}${list('Results', card.results)}${list('Features', card.features)}${list('Settings', card.settings)}</div>` +
      `<h3>Limits</h3><ul class="limits">${limits.join('')}</ul>`,
  }
}
