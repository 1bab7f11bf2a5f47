import { STAGES } from '../../../core/contracts/stage.ts'
import type { EvaluationReport } from '../evaluation-report.ts'
import { share3 } from '../render-studies.ts'
import type { SeparationStudy } from '../separation-study.ts'
import type { StageStudy, StageTruth } from '../stage-study.ts'
import { type Cell, htmlTable } from './html-table.ts'
import { legend, scatterPlot } from './plots.ts'
import type { Section } from './section.ts'

export function stageSection({ studies }: EvaluationReport): Section {
  const { stages, separation } = studies
  const html = [
    ...(stages ? qualityTables(stages) : []),
    ...(stages?.truth ? truthTables(stages.truth) : []),
    ...(separation ? separationParts(separation) : []),
  ]
  return { id: 'stages', title: 'Stages', html: html.join('') }
}

function qualityTables({ quality }: StageStudy): string[] {
  const shares = STAGES.map((stage, s) => [
    stage,
    share3(quality.share[s]),
    share3(quality.shareWithEvidence[s]),
    share3(quality.withoutEvidence[s]),
  ])
  const next = STAGES.map((stage, s) => {
    const { users, rows, click, stay, conversion, returned } = quality.nextDaysWithEvidence[s]
    return [stage, `${users}`, `${rows}`, ...[click, stay, conversion, returned].map(share3)]
  })
  const evidence = `${quality.minTrials} impressions or more`
  return [
    htmlTable(
      'Share of users by their stage at the end of a day, over all days',
      ['stage', 'all users', `with ${evidence}`, 'of them with fewer'],
      shares,
    ),
    htmlTable('From one day (row) to the next (column)', ['stage', ...STAGES], matrix(quality.transitions)),
    htmlTable(
      `What the next two days show, users with ${evidence}`,
      ['stage', 'users', 'rows', 'click', 'stay', 'conversion', 'come back'],
      next,
    ),
  ]
}

function matrix(rows: readonly (readonly number[])[]): (Cell | string)[][] {
  return STAGES.map((stage, s) => [stage, ...rows[s].map((share): Cell => ({ text: share3(share), heat: share }))])
}

function truthTables(truth: NonNullable<StageStudy['truth']>): string[] {
  const rows = (
    [
      ['all rows', truth.all],
      ['users with evidence', truth.withEvidence],
    ] as const
  ).map(([name, of]) => [name, `${of.rows}`, share3(of.accuracy), share3(of.majority), share3(of.ami)])
  return [
    htmlTable(
      'Our stage against the hidden one, at the impressions of the second half',
      ['', 'rows', 'accuracy', 'always the most common', 'AMI'],
      rows,
    ),
    htmlTable(
      'Hidden stage (row), ours (column), users with evidence',
      ['hidden', ...STAGES],
      confusion(truth.withEvidence),
    ),
  ]
}

function confusion({ confusion: counts }: StageTruth): (Cell | string)[][] {
  return STAGES.map((stage, s) => {
    const total = counts[s].reduce((sum, count) => sum + count, 0)
    return [stage, ...counts[s].map((count): Cell => ({ text: `${count}`, heat: count / total }))]
  })
}

function separationParts({ labels, users, separations, map }: SeparationStudy): string[] {
  const rows = separations.map(({ embedding, width, silhouette, probe }) => [
    embedding,
    `${width}`,
    share3(silhouette),
    share3(probe.accuracy),
    share3(probe.balancedAccuracy),
    share3(probe.majority),
  ])
  const whose = labels === 'true' ? 'hidden' : 'own'
  const plot = scatterPlot('state embeddings on their first two principal components, by stage', map)
  return [
    htmlTable(
      `How far the ${whose} stages lie apart, ${users} users`,
      ['embedding', 'width', 'silhouette', 'linear probe', 'the same, stages alike', 'always the most common'],
      rows,
    ),
    `<div class="plots"><div><h3>State embedding by ${whose} stage</h3>${plot}${legend(STAGES.map((name, colour) => ({ name, colour })))}</div></div>`,
  ]
}
