import { STAGES } from '../../../core/contracts/stage.ts'
import type { ModelsAnswer } from '../../api/answers.ts'
import { StageBadge } from '../../elements/stage-badge.tsx'
import { TableCard } from '../../elements/table-card.tsx'
import { formatCount, formatDecimal, formatShare } from '../../figures/format-figures.ts'
import { formatMoment } from '../../figures/format-times.ts'
import { taskNames } from './task-names.ts'

interface Props {
  readonly answer: ModelsAnswer
}

/** Where in the lifecycle the ranker is good, and where not. */
export function StageQualityTable({ answer }: Props) {
  const { window } = answer
  const rows = STAGES.flatMap((stage) =>
    taskNames(answer).flatMap((task) => {
      const quality = window.byStage[stage]?.[task]
      return quality ? [{ stage, task, ...quality }] : []
    }),
  )
  return (
    <TableCard
      title="By stage"
      note={`Over the last ${formatCount(window.examples)} examples; ECE: expected calibration error, ratio: predicted over true`}
      file="quality-by-stage"
      maxHeight={336}
      empty="Nothing measured yet"
      table={{
        caption: 'Quality by stage and task',
        rows,
        keyOf: ({ stage, task }) => `${stage} ${task}`,
        columns: [
          { label: 'stage', value: ({ stage }) => stage, cell: ({ stage }) => <StageBadge stage={stage} /> },
          { label: 'task', value: ({ task }) => task },
          { label: 'AUC', isNumber: true, value: ({ auc }) => auc, cell: ({ auc }) => formatDecimal(auc, 3) },
          {
            label: 'log loss',
            isNumber: true,
            value: ({ logLoss }) => logLoss,
            cell: ({ logLoss }) => formatDecimal(logLoss, 3),
          },
          { label: 'ECE', isNumber: true, value: ({ ece }) => ece, cell: ({ ece }) => formatShare(ece) },
          { label: 'ratio', isNumber: true, value: ({ pcoc }) => pcoc, cell: ({ pcoc }) => formatDecimal(pcoc, 2) },
          {
            label: 'examples',
            isNumber: true,
            value: ({ examples }) => examples,
            cell: ({ examples }) => formatCount(examples),
          },
        ],
      }}
    />
  )
}

export function VersionsTable({ answer: { versions } }: Props) {
  return (
    <TableCard
      title="Versions"
      note="Bundles handed to the tracker, the newest first"
      file="model-versions"
      maxHeight={300}
      empty="No bundle yet"
      table={{
        caption: 'Versions of the model',
        rows: versions,
        keyOf: ({ version }) => String(version),
        columns: [
          { label: 'version', value: ({ version }) => version },
          { label: 'mode', value: ({ mode }) => mode },
          {
            label: 'examples',
            isNumber: true,
            value: ({ exampleCount }) => exampleCount,
            cell: ({ exampleCount }) => formatCount(exampleCount),
          },
          {
            label: 'event time',
            isNumber: true,
            value: ({ eventTime }) => eventTime,
            cell: ({ eventTime }) => formatMoment(eventTime),
          },
        ],
      }}
    />
  )
}

export function PriorsTable({ answer: { tasks } }: Props) {
  return (
    <TableCard
      title="Tasks"
      note="Priors and medians of the newest bundle"
      file="task-priors"
      maxHeight={300}
      empty="No bundle yet"
      table={{
        caption: 'Priors by task',
        rows: tasks,
        keyOf: ({ task }) => task,
        columns: [
          { label: 'task', value: ({ task }) => task },
          {
            label: 'prior',
            isNumber: true,
            value: ({ priorAlpha, priorBeta }) => `${priorAlpha} ${priorBeta}`,
            cell: ({ priorAlpha, priorBeta }) =>
              `Beta(${formatDecimal(priorAlpha, 2)}, ${formatDecimal(priorBeta, 2)})`,
          },
          {
            label: 'stage median',
            isNumber: true,
            value: ({ median }) => median,
            cell: ({ median }) => formatShare(median),
          },
          {
            label: 'gamma mean',
            isNumber: true,
            value: ({ gammaMean }) => gammaMean,
            cell: ({ gammaMean }) => formatDecimal(gammaMean, 3),
          },
          {
            label: 'label mean',
            isNumber: true,
            value: ({ labelMean }) => labelMean,
            cell: ({ labelMean }) => formatShare(labelMean),
          },
        ],
      }}
    />
  )
}
