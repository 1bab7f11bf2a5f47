import { dayText } from '../days.ts'
import type { EvaluationReport } from '../evaluation-report.ts'
import type { VariantFigures } from '../evaluation.ts'
import { legend, linePlot, reliabilityPlot, type Series } from './plots.ts'
import type { Section } from './section.ts'

const MOST_LINES = 6

/** Curves over time and calibration, of the base and the models with the best mean AUC. */
export function curveSection(report: EvaluationReport): Section {
  const figures = report.protocols.prequential ?? report.protocols.split
  if (!figures) return { id: 'curves', title: '', html: '' }
  const chosen = chosenOf(figures.variants, report.plan.base)
  const colours = chosen.map((name, colour) => ({ name, colour }))
  const series = (points: (of: VariantFigures) => Series['points']): Series[] =>
    colours.map(({ name, colour }) => ({ name, colour, points: points(figures.variants[name]) }))
  const tasks = report.data.tasks.map(({ name }) => name)
  const day = (timeMs: number) => dayText(timeMs, report.data.utcOffsetMs).slice(5)
  const curves = tasks.flatMap((task, k) => {
    if (Object.values(figures.variants)[0].curve.length === 0) return []
    const plot = linePlot(
      { title: `AUC of ${task} over the pass`, x: { label: 'day', format: day }, y: { label: 'AUC' } },
      series(({ curve }) => curve.map(({ untilMs, auc }) => [untilMs, auc[k]])),
    )
    return [`<div><h3>AUC over time: ${task}</h3>${plot}</div>`]
  })
  const calibration = tasks.map((task) => {
    const points = (of: VariantFigures): Series['points'] =>
      Object.values(of.reliability)[0][task].map(({ score, rate }) => [score, rate])
    return `<div><h3>Calibration: ${task}</h3>${reliabilityPlot(`predicted against observed rate of ${task}`, series(points))}</div>`
  })
  const more = Object.keys(figures.variants).length - chosen.length
  const note = `<p class="note">Each point of a curve is a part of the pass, equal in rows, before it is trained on. Calibration: bins of equal mass, mean over seeds; on the line the model says what happens.${more > 0 ? ` Shown are the base and the ${chosen.length - 1} others with the best mean AUC, of ${more + chosen.length}.` : ''}</p>`
  return {
    id: 'curves',
    title: 'Over time, and calibration',
    html: `${note}${legend(colours)}<div class="plots">${[...curves, ...calibration].join('')}</div>`,
  }
}

function chosenOf(variants: Readonly<Record<string, VariantFigures>>, base: string): string[] {
  const meanAuc = (name: string): number => {
    const tasks = Object.values(Object.values(variants[name].views)[0])
    const known = tasks.map(({ overall }) => overall.auc.mean).filter((auc) => !Number.isNaN(auc))
    return known.reduce((sum, auc) => sum + auc, 0) / known.length
  }
  const others = Object.keys(variants).filter((name) => name !== base)
  return [base, ...others.sort((a, b) => meanAuc(b) - meanAuc(a)).slice(0, MOST_LINES - 1)]
}
