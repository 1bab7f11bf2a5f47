import { useMemo, useState } from 'preact/hooks'
import { STAGES } from '../../../core/contracts/stage.ts'
import { type CohortsAnswer, type DurationsAnswer, type Interval, INTERVALS } from '../../api/answers.ts'
import { pathWith } from '../../api/api-client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { ChartCard } from '../../elements/chart-card.tsx'
import { ChoiceGroup } from '../../elements/choice-group.tsx'
import { FigureTile } from '../../elements/figure-tile.tsx'
import { PageHead } from '../../elements/page-head.tsx'
import { formatCount, formatDecimal, formatShare } from '../../figures/format-figures.ts'
import { palette } from '../../theme/theme.ts'
import { CohortTable } from './cohort-table.tsx'
import { survivalLines } from './survival-lines.ts'

const EVERY_MS = 15_000
const PERIODS: Readonly<Record<Interval, number>> = { day: 14, week: 12, month: 12 }

/** Who comes back, and how long users stay in a stage. */
export function RetentionPage() {
  const [interval, chooseInterval] = useState<Interval>('week')
  const cohorts = useAnswer<CohortsAnswer>(pathWith('/v1/cohorts', { interval, periods: PERIODS[interval] }), EVERY_MS)
  const durations = useAnswer<DurationsAnswer>('/v1/durations', EVERY_MS)
  return (
    <>
      <PageHead title="Retention" note="Who comes back after the first event, and how long users stay in a stage.">
        <ChoiceGroup label="Interval of cohorts" choices={INTERVALS} chosen={interval} onChoose={chooseInterval} />
      </PageHead>
      <AnswerView asked={cohorts} what="the cohorts" heights={[420]}>
        {(answer) => <CohortTable answer={answer} />}
      </AnswerView>
      <div class="gap" />
      <AnswerView asked={durations} what="the time in stages" heights={[110, 380]}>
        {(answer) => (
          <>
            <dl class="tiles" aria-label="Median time in a stage">
              {STAGES.map((stage) => {
                const { medianDays, spells, ongoing } = answer.stages[stage]
                return (
                  <FigureTile
                    key={stage}
                    label={stage}
                    colour={`var(--stage-${stage})`}
                    value={medianDays === null ? 'over half stay' : `${formatDecimal(medianDays, 1)} days`}
                    note={`median of ${formatCount(spells)} spells, ${formatCount(ongoing)} go on`}
                  />
                )
              })}
            </dl>
            <SurvivalCard answer={answer} />
          </>
        )}
      </AnswerView>
    </>
  )
}

function SurvivalCard({ answer: { stages } }: { readonly answer: DurationsAnswer }) {
  const colours = palette.value
  const option = useMemo(() => survivalLines(stages, colours), [stages, colours])
  const rows = STAGES.flatMap((stage) => stages[stage].survival.map((step) => ({ stage, ...step })))
  return (
    <ChartCard
      title="Time in a stage"
      note="Share of spells that last longer; those that go on count as far as they have come (Kaplan-Meier)"
      option={option}
      height={340}
      file="time-in-stage"
      summary={`Survival curves. Medians in days: ${STAGES.map((stage) => `${stage} ${formatDecimal(stages[stage].medianDays, 1)}`).join(', ')}.`}
      table={{
        caption: 'Share of spells that last longer than so many days',
        rows,
        columns: [
          { label: 'stage', value: ({ stage }) => stage },
          { label: 'days', isNumber: true, value: ({ days }) => days, cell: ({ days }) => formatDecimal(days, 2) },
          { label: 'share', isNumber: true, value: ({ share }) => share, cell: ({ share }) => formatShare(share) },
        ],
      }}
    />
  )
}
