import { STAGES } from '../../core/contracts/stage.ts'
import { BAND_NAMES, BLOCK } from '../../core/ranker/metrics/posterior-calibration.ts'
import { textTable } from '../report/text-table.ts'
import type { Studies } from './evaluation-report.ts'
import type { TaskPosteriorStudy } from './posterior-study.ts'
import type { SeparationStudy } from './separation-study.ts'
import type { StageStudy } from './stage-study.ts'

export function renderStudies({ posterior, stages, separation }: Studies): string {
  return [
    ...(posterior ? posteriorTables(posterior) : []),
    ...(stages ? stageTables(stages) : []),
    ...(separation ? separationTable(separation) : []),
  ]
    .join('\n')
    .trimEnd()
}

function posteriorTables(tasks: readonly TaskPosteriorStudy[]): string[] {
  const rows = tasks.flatMap(({ task, modes, populationLogLoss }) => [
    [task, 'rate of the population', figure(populationLogLoss)],
    ...modes.map(({ mode, overall, bands }) => [
      task,
      mode,
      figure(overall.logLoss),
      ...overall.coverage.map((share) => share3(share)),
      ...bands.map(({ logLoss }) => figure(logLoss)),
    ]),
  ])
  const head = ['task', 'posterior', 'log loss', '50 %', '90 %', ...BAND_NAMES.map((band) => `after ${band}`)]
  return [
    `Posteriors: log loss of the next label, also by the user’s earlier events; coverage of the predictive intervals for the next ${BLOCK} labels`,
    ...textTable([head, ...rows], 2),
    '',
  ]
}

function stageTables({ quality, truth }: StageStudy): string[] {
  const lines = [
    `Stages: users at the end of a day, and what their next two days show (users with ${quality.minTrials} impressions or more)`,
    ...textTable([
      [
        'stage',
        'share',
        'with evidence',
        ...STAGES.map((to) => `to ${to}`),
        'users',
        'click',
        'stay',
        'conversion',
        'return',
      ],
      ...STAGES.map((stage, s) => {
        const { users, click, stay, conversion, returned } = quality.nextDaysWithEvidence[s]
        return [
          stage,
          share3(quality.share[s]),
          share3(quality.shareWithEvidence[s]),
          ...quality.transitions[s].map(share3),
          `${users}`,
          ...[click, stay, conversion, returned].map(share3),
        ]
      }),
    ]),
    '',
  ]
  if (!truth) return lines
  const rows = Object.entries({ 'all rows': truth.all, 'users with evidence': truth.withEvidence }).map(
    ([name, of]) => [name, `${of.rows}`, share3(of.accuracy), share3(of.majority), share3(of.ami)],
  )
  return [
    ...lines,
    'Stages against the hidden ones, second half of the rows',
    ...textTable([['', 'rows', 'accuracy', 'most common', 'AMI'], ...rows]),
    '',
  ]
}

function separationTable({ labels, users, separations }: SeparationStudy): string[] {
  return [
    `Separation of the ${labels === 'true' ? 'hidden' : 'own'} stages, ${users} users`,
    ...textTable([
      ['embedding', 'width', 'silhouette', 'probe', 'balanced', 'most common'],
      ...separations.map(({ embedding, width, silhouette, probe }) => [
        embedding,
        `${width}`,
        share3(silhouette),
        share3(probe.accuracy),
        share3(probe.balancedAccuracy),
        share3(probe.majority),
      ]),
    ]),
  ]
}

function figure(value: number): string {
  return Number.isNaN(value) ? 'n/a' : value.toFixed(4)
}

export function share3(value: number): string {
  return Number.isNaN(value) ? 'n/a' : value.toFixed(3)
}
