import { BAND_NAMES, BLOCK, LEVELS } from '../../../core/ranker/metrics/posterior-calibration.ts'
import type { EvaluationReport } from '../evaluation-report.ts'
import type { TaskPosteriorStudy } from '../posterior-study.ts'
import { share3 } from '../render-studies.ts'
import { escapeHtml } from './escape-html.ts'
import { type Cell, htmlTable } from './html-table.ts'
import { legend, linePlot, type Series } from './plots.ts'
import type { Section } from './section.ts'

/** Modes in the pictures: as printed, by its prose, flat counts, calibrated. */
const PICTURED = [0, 1, 3, 8]

export function posteriorSection({ studies }: EvaluationReport): Section {
  const tasks = studies.posterior
  if (!tasks || tasks.length === 0) return { id: 'posteriors', title: '', html: '' }
  const colours = PICTURED.map((m, colour) => ({ name: tasks[0].modes[m].mode, colour }))
  const note = `<p class="note">A rate is never observed. So a posterior is judged by the log loss of the user’s next label under its mean, and by how often the number of positives among the user’s next ${BLOCK} labels lies in its central predictive interval (beta-binomial, randomised, so that 50 % means 50 % for counts as well). Events are counted before the first of these labels.</p>`
  const plots = tasks.flatMap((task) => [coveragePlot(task, 0), coveragePlot(task, 1), lossPlot(task)])
  return {
    id: 'posteriors',
    title: 'Posteriors',
    html: `${note}${legend(colours)}<div class="plots">${plots.join('')}</div>${tasks.map(table).join('')}`,
  }
}

const bandFormat = (band: number): string => (Number.isInteger(band) ? (BAND_NAMES[band] ?? '') : '')

function coveragePlot(task: TaskPosteriorStudy, level: number): string {
  const wanted = LEVELS[level]
  const series: Series[] = PICTURED.map((m, colour) => ({
    name: task.modes[m].mode,
    colour,
    points: task.modes[m].bands.map(({ coverage }, band) => [band, coverage[level]]),
  }))
  const line: Series = { name: `${wanted}`, colour: 9, points: BAND_NAMES.map((_, band) => [band, wanted]) }
  const title = `${task.task}: coverage of the ${100 * wanted} % interval`
  const text = { title, x: { label: 'earlier events', format: bandFormat }, y: { label: 'covered' } }
  return `<div><h3>${escapeHtml(title)}</h3>${linePlot(text, [line, ...series])}</div>`
}

function lossPlot(task: TaskPosteriorStudy): string {
  const series: Series[] = PICTURED.map((m, colour) => ({
    name: task.modes[m].mode,
    colour,
    points: task.modes[m].bands.map(({ logLoss }, band) => [band, logLoss]),
  }))
  const title = `${task.task}: log loss of the next label`
  const text = { title, x: { label: 'earlier events', format: bandFormat }, y: { label: 'nats' } }
  return `<div><h3>${escapeHtml(title)}</h3>${linePlot(text, series)}</div>`
}

function table({ task, prior, populationLogLoss, modes }: TaskPosteriorStudy): string {
  const best = Math.min(...modes.map(({ overall }) => overall.logLoss))
  const rows = modes.map(({ mode, overall, bands }): (Cell | string)[] => [
    mode,
    { text: figure(overall.logLoss), best: overall.logLoss === best },
    ...overall.coverage.map(share3),
    ...bands.map(({ logLoss }) => figure(logLoss)),
  ])
  const caption = `${task}: prior Beta(${prior.alpha.toPrecision(3)}, ${prior.beta.toPrecision(3)}); log loss ${figure(populationLogLoss)} with the same rate for everybody`
  const head = ['posterior', 'log loss', 'in 50 %', 'in 90 %', ...BAND_NAMES.map((band) => `after ${band}`)]
  return htmlTable(caption, head, rows)
}

function figure(value: number): string {
  return Number.isNaN(value) ? 'n/a' : value.toFixed(4)
}
