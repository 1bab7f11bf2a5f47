import { USER_ALERT_KINDS } from '../../core/contracts/lifecycle-alert.ts'
import { STAGES, type Stage } from '../../core/contracts/stage.ts'
import { escapeHtml } from '../evaluate/html/escape-html.ts'
import { ratesText, signed, spanText, whyText } from './render-what-if.ts'
import type { FlowCounts } from './side.ts'
import type { WhatIf } from './what-if.ts'

/** Of two AUCs, for a colour. */
const LEAST_DIFFERENCE = 0.001
/** Bars of the widest count. */
const BAR_WIDTH = 260

const STYLE = `
:root { color-scheme: light dark; --page: #f5f6f8; --surface: #fff; --border: #dfe3e8; --text: #161d29; --soft: #4a5565;
  --heat: 36, 86, 201; --good: #0a7349; --bad: #b3261e; --before: #7c8798; --after: #2456c9 }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --surface: #151b24; --border: #2a3441; --text: #e6ebf2;
  --soft: #a7b3c2; --heat: 110, 160, 255; --good: #4cc38a; --bad: #ff8b82; --before: #8a97a8; --after: #7aa7ff } }
* { box-sizing: border-box }
body { margin: 0; padding: 24px clamp(12px, 4vw, 48px); background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1180px; margin: 0 auto; display: grid; gap: 16px }
h1 { font-size: 24px; margin: 0 } h2 { font-size: 16px; margin: 0 0 8px }
p { margin: 4px 0; color: var(--soft) }
section { background: var(--surface); border: 1px solid var(--border); border-radius: 10px; padding: 16px; min-width: 0 }
.pair { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)) }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { padding: 5px 8px; text-align: right; border-bottom: 1px solid var(--border); white-space: nowrap }
th:first-child, td:first-child, th.words { text-align: left } th { font-weight: 600; color: var(--soft) }
td.words { white-space: normal; text-align: left; min-width: 260px }
.up { color: var(--good) } .down { color: var(--bad) }
.bars { display: grid; grid-template-columns: auto 1fr; gap: 4px 12px; align-items: center }
.bars svg { display: block; max-width: 100% }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 4px 0 12px }`

/** The report as one HTML page that loads nothing, for light and dark, wide and narrow. */
export function whatIfPage(result: WhatIf): string {
  const { changed, before, after, users, differingUsers } = result
  const settings = changed.map(({ setting, from, to }) => `${setting}: ${String(from)} → ${String(to)}`)
  const share = users === 0 ? 0 : (100 * differingUsers) / users
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What if ${escapeHtml(settings.join(', '))}</title><style>${STYLE}</style></head><body><main>
<header><h1>What if ${escapeHtml(settings.join(', ') || (result.ranker?.afterMode ?? 'nothing changed'))}</h1>
<p>${escapeHtml(spanText(result))}</p>
<p>${whole(differingUsers)} of ${whole(users)} users (${share.toFixed(1)} %) end in another stage.</p></header>
<div class="pair">
<section><h2>Users by stage at the end</h2><p><span class="key" style="background:var(--before)"></span>this world
<span class="key" style="background:var(--after)"></span>the other</p>${bars(before.users, after.users)}</section>
<section><h2>Counts</h2>${table(
    'Counts',
    ['', 'this world', 'the other', 'difference'],
    [
      countRow('Stage changes', before.moves, after.moves),
      countRow('Fell silent', before.dormant, after.dormant),
      countRow('Returned', before.returned, after.returned),
      ...USER_ALERT_KINDS.map((kind) => countRow(`Alerts ${kind}`, before.alerts[kind], after.alerts[kind])),
    ],
  )}</section></div>
<div class="pair"><section><h2>Stage changes, this world</h2>${flow(before.flow, 'from \\ to')}</section>
<section><h2>Stage changes, the other</h2>${flow(after.flow, 'from \\ to')}</section></div>
<section><h2>Where users end: this world (rows), the other (columns)</h2>${flow(result.stages, 'this \\ other')}</section>
${rankerSection(result.ranker)}${sampleSection(result)}
</main></body></html>
`
}

function rankerSection(ranker: WhatIf['ranker']): string {
  if (!ranker) return ''
  const rows = ranker.before.map(({ task, auc, logLoss, examples }, k) => [
    escapeHtml(task),
    auc.toFixed(4),
    ranker.after[k].auc.toFixed(4),
    coloured(ranker.after[k].auc - auc, 4),
    logLoss.toFixed(4),
    ranker.after[k].logLoss.toFixed(4),
    whole(examples),
  ])
  const head = ['task', 'AUC', 'AUC, other', 'difference', 'log loss', 'log loss, other', 'examples']
  return `<section><h2>Ranker, prequential</h2><p>${escapeHtml(ranker.beforeMode)} as published, ${escapeHtml(ranker.afterMode)} on
the other world's examples</p>${table('Ranker', head, rows)}</section>`
}

function sampleSection({ sample }: WhatIf): string {
  if (sample.length === 0) return ''
  const rows = sample
    .map(
      (user) => `<tr><td>${escapeHtml(user.userId)}</td><td class="words">${escapeHtml(whyText(user.before))}</td>
<td class="words">${escapeHtml(whyText(user.after))}</td><td class="words">${escapeHtml(ratesText(user))}</td></tr>`,
    )
    .join('')
  return `<section><h2>Some of the users who differ</h2><div class="scroll" tabindex="0" role="region" aria-label="Users who differ"><table>
<thead><tr><th scope="col">user</th><th scope="col" class="words">this world</th><th scope="col" class="words">the other</th><th scope="col" class="words">rates (5 % .. 95 %)</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`
}

function bars(before: Readonly<Record<Stage, number>>, after: Readonly<Record<Stage, number>>): string {
  const most = Math.max(1, ...STAGES.flatMap((stage) => [before[stage], after[stage]]))
  const bar = (count: number, y: number, colour: string) =>
    `<rect x="0" y="${y}" width="${((BAR_WIDTH * count) / most).toFixed(1)}" height="12" rx="2" fill="var(--${colour})"/>
<text x="${((BAR_WIDTH * count) / most + 6).toFixed(1)}" y="${y + 10}" font-size="11" fill="currentColor">${whole(count)}</text>`
  return `<div class="bars">${STAGES.map(
    (stage) => `<span>${stage}</span><svg viewBox="0 0 ${BAR_WIDTH + 70} 30" width="${BAR_WIDTH + 70}" role="img"
aria-label="${stage}: ${before[stage]} in this world, ${after[stage]} in the other">${bar(before[stage], 1, 'before')}${bar(after[stage], 16, 'after')}</svg>`,
  ).join('')}</div>`
}

function flow(counts: FlowCounts, corner: string): string {
  const most = Math.max(1, ...STAGES.flatMap((from) => STAGES.map((to) => counts[from][to])))
  const cells = STAGES.map((from) => {
    const row = STAGES.map((to) => {
      const share = counts[from][to] / most
      return `<td style="background:rgba(var(--heat), ${(0.45 * share).toFixed(3)})">${whole(counts[from][to])}</td>`
    })
    return `<tr><th scope="row">${from}</th>${row.join('')}</tr>`
  })
  const head = [corner, ...STAGES].map((name) => `<th scope="col">${name}</th>`).join('')
  return framed(corner, `<thead><tr>${head}</tr></thead><tbody>${cells.join('')}</tbody>`)
}

function table(name: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], open: string, close: string) =>
    `<tr>${cells.map((cell) => `${open}${cell}${close}`).join('')}</tr>`
  const body = rows.map((cells) => line(cells, '<td>', '</td>')).join('')
  return framed(name, `<thead>${line(head, '<th scope="col">', '</th>')}</thead><tbody>${body}</tbody>`)
}

/** A table that scrolls within its frame, by keyboard too. */
function framed(name: string, content: string): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(name)}"><table>${content}</table></div>`
}

function countRow(name: string, before: number, after: number): string[] {
  return [escapeHtml(name), whole(before), whole(after), `${after > before ? '+' : ''}${whole(after - before)}`]
}

function coloured(value: number, digits: number): string {
  // Less than that is noise between two seeds.
  const kind = Math.abs(value) < LEAST_DIFFERENCE ? '' : value > 0 ? 'up' : 'down'
  return `<span class="${kind}">${signed(value, digits)}</span>`
}

function whole(count: number): string {
  return count.toLocaleString('en')
}
