import { useMemo } from 'preact/hooks'
import type { ModelsAnswer } from '../../api/answers.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { Card } from '../../elements/card.tsx'
import { ChartCard } from '../../elements/chart-card.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { FigureTile } from '../../elements/figure-tile.tsx'
import { PageHead } from '../../elements/page-head.tsx'
import { formatCount, formatDecimal, formatDuration, formatShare } from '../../figures/format-figures.ts'
import { formatMoment } from '../../figures/format-times.ts'
import { palette } from '../../theme/theme.ts'
import { PriorsTable, StageQualityTable, VersionsTable } from './model-tables.tsx'
import { type Quality, qualityLines } from './quality-lines.ts'
import { reliabilityCurve } from './reliability-curve.ts'
import { taskNames } from './task-names.ts'

const EVERY_MS = 5000

/** How well the ranker predicts, and how old its weights are. */
export function ModelPage() {
  const asked = useAnswer<ModelsAnswer>('/v1/models', EVERY_MS)
  return (
    <>
      <PageHead
        title="Model"
        note="How well the ranker predicts before it trains on an example, and which weights are in use."
      />
      <AnswerView asked={asked} what="the model" heights={[110, 340, 340]}>
        {(answer) =>
          answer.current === null && answer.history.length === 0 ? (
            <div class="card">
              <EmptyNote title="No model yet">The first bundle comes after some thousand examples.</EmptyNote>
            </div>
          ) : (
            <>
              <Figures answer={answer} />
              <div class="span-6">
                <QualityCard answer={answer} quality="auc" title="AUC" note="Higher is better; 0.5 is chance" />
              </div>
              <div class="span-6">
                <QualityCard answer={answer} quality="logLoss" title="Log loss" note="Lower is better" />
              </div>
              <div class="span-6">
                <ReliabilityCard answer={answer} />
              </div>
              <div class="span-6">
                <StageQualityTable answer={answer} />
              </div>
              <div class="span-6">
                <VersionsTable answer={answer} />
              </div>
              <div class="span-6">
                <PriorsTable answer={answer} />
              </div>
            </>
          )
        }
      </AnswerView>
    </>
  )
}

function Figures({ answer }: { readonly answer: ModelsAnswer }) {
  const { current, ageSeconds, window } = answer
  return (
    <dl class="tiles" aria-label="Model">
      <FigureTile
        label="version"
        value={current === null ? 'none' : formatCount(current.version)}
        note={current === null ? undefined : `mode ${current.mode}`}
      />
      <FigureTile
        label="age of weights"
        value={formatDuration(ageSeconds)}
        note={current === null ? undefined : `event time ${formatMoment(current.eventTime)}`}
      />
      <FigureTile
        label="examples"
        value={formatCount(current?.exampleCount)}
        note={`figures over the last ${formatCount(window.examples)}`}
      />
      {taskNames(answer).map((task) => (
        <FigureTile
          key={task}
          label={`AUC of ${task}`}
          value={formatDecimal(window.overall[task]?.auc, 3)}
          note={`ECE ${formatShare(window.overall[task]?.ece)}`}
        />
      ))}
    </dl>
  )
}

interface QualityProps {
  readonly answer: ModelsAnswer
  readonly quality: Quality
  readonly title: string
  readonly note: string
}

function QualityCard({ answer, quality, title, note }: QualityProps) {
  const colours = palette.value
  const { history } = answer
  const names = taskNames(answer)
  const option = useMemo(() => qualityLines(history, names, quality, colours), [answer, quality, colours])
  const last = history.at(-1)
  if (!last) return <Missing title={`${title} over time`} />
  return (
    <ChartCard
      title={`${title} over time`}
      note={note}
      option={option}
      height={280}
      file={`${quality}-over-time`}
      summary={`${title} by examples trained on. Last: ${names.map((task) => `${task} ${formatDecimal(last.tasks[task]?.[quality], 3)}`).join(', ')}.`}
      table={{
        caption: `${title} over time`,
        rows: [...history].reverse(),
        columns: [
          {
            label: 'examples',
            value: ({ exampleCount }) => exampleCount,
            cell: ({ exampleCount }) => formatCount(exampleCount),
          },
          { label: 'event time', value: ({ time }) => time, cell: ({ time }) => formatMoment(time) },
          ...names.map((task) => ({
            label: task,
            isNumber: true,
            value: ({ tasks }: (typeof history)[number]) => tasks[task]?.[quality],
            cell: ({ tasks }: (typeof history)[number]) => formatDecimal(tasks[task]?.[quality], 4),
          })),
        ],
      }}
    />
  )
}

function ReliabilityCard({ answer }: { readonly answer: ModelsAnswer }) {
  const colours = palette.value
  const names = taskNames(answer)
  const option = useMemo(() => reliabilityCurve(answer.calibration, names, colours), [answer, colours])
  const rows = names.flatMap((task) => (answer.calibration[task] ?? []).map((bin) => ({ task, ...bin })))
  if (rows.length === 0) return <Missing title="Calibration" />
  return (
    <ChartCard
      title="Calibration"
      note="Rate of labels over mean score; on the diagonal scores come true"
      option={option}
      height={320}
      file="calibration"
      summary={`Reliability curve. Expected calibration error: ${names.map((task) => `${task} ${formatShare(answer.window.overall[task]?.ece)}`).join(', ')}.`}
      table={{
        caption: 'Calibration by bins of the score',
        rows,
        columns: [
          { label: 'task', value: ({ task }) => task },
          { label: 'from', isNumber: true, value: ({ lower }) => lower, cell: ({ lower }) => formatShare(lower) },
          { label: 'to', isNumber: true, value: ({ upper }) => upper, cell: ({ upper }) => formatShare(upper) },
          { label: 'score', isNumber: true, value: ({ score }) => score, cell: ({ score }) => formatShare(score) },
          { label: 'rate', isNumber: true, value: ({ rate }) => rate, cell: ({ rate }) => formatShare(rate) },
          { label: 'examples', isNumber: true, value: ({ count }) => count, cell: ({ count }) => formatCount(count) },
        ],
      }}
    />
  )
}

function Missing({ title }: { readonly title: string }) {
  return (
    <Card title={title}>
      <EmptyNote title="Not yet">It comes after some thousand examples.</EmptyNote>
    </Card>
  )
}
