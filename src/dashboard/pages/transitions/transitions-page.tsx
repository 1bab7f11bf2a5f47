import { useMemo, useState } from 'preact/hooks'
import { STAGES } from '../../../core/contracts/stage.ts'
import type { TransitionsAnswer } from '../../api/answers.ts'
import { latestFreshness, pathWith } from '../../api/api-client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { ChartCard } from '../../elements/chart-card.tsx'
import { ChoiceGroup } from '../../elements/choice-group.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { FigureTile } from '../../elements/figure-tile.tsx'
import { PageHead } from '../../elements/page-head.tsx'
import { formatCount, formatShare } from '../../figures/format-figures.ts'
import { formatDay } from '../../figures/format-times.ts'
import { palette } from '../../theme/theme.ts'
import { type Flow, flowDiagram, flowsOf } from './transition-flows.ts'
import { TransitionMatrix } from './transition-matrix.tsx'
import { daysOf, type Span, SPANS } from './transition-spans.ts'

const EVERY_MS = 5000

/** Who moved between stages within some days. */
export function TransitionsPage() {
  const [span, setSpan] = useState<Span>('30 days')
  const days = daysOf(span, latestFreshness.value?.asOf ?? null)
  const asked = useAnswer<TransitionsAnswer>(pathWith('/v1/transitions', days ?? {}), EVERY_MS)
  return (
    <>
      <PageHead title="Transitions" note="Moves between stages, and how many fell silent and came back.">
        <ChoiceGroup label="Days" choices={SPANS} chosen={span} onChoose={setSpan} />
      </PageHead>
      <AnswerView asked={asked} what="the transitions" heights={[110, 420, 300]}>
        {(answer) =>
          answer.total === 0 ? (
            <div class="card">
              <EmptyNote title="No transitions in these days">Choose a longer span.</EmptyNote>
            </div>
          ) : (
            <>
              <Totals answer={answer} />
              <FlowCard answer={answer} />
              <TransitionMatrix answer={answer} />
            </>
          )
        }
      </AnswerView>
    </>
  )
}

function Totals({ answer }: { readonly answer: TransitionsAnswer }) {
  const flows = flowsOf(answer)
  const rank = (flow: Flow): number => STAGES.indexOf(flow.to) - STAGES.indexOf(flow.from)
  const countOf = (isCounted: (flow: Flow) => boolean): number =>
    flows.filter(isCounted).reduce((sum, { count }) => sum + count, 0)
  const sumOf = (byStage: TransitionsAnswer['dormant']): number =>
    STAGES.reduce((sum, stage) => sum + byStage[stage], 0)
  const up = countOf((flow) => rank(flow) > 0)
  const moves = countOf(() => true)
  return (
    <dl class="tiles" aria-label="Totals">
      <FigureTile label="moves" value={formatCount(moves)} note="from one stage to another" />
      <FigureTile label="towards loyal" value={formatCount(up)} note={`${formatShare(up / (moves || 1))} of moves`} />
      <FigureTile
        label="away from loyal"
        value={formatCount(moves - up)}
        note={`${formatShare((moves - up) / (moves || 1))} of moves`}
      />
      <FigureTile label="went dormant" value={formatCount(sumOf(answer.dormant))} note="silent beyond their own gaps" />
      <FigureTile label="returned" value={formatCount(sumOf(answer.returned))} note="had an event after that" />
    </dl>
  )
}

function FlowCard({ answer }: { readonly answer: TransitionsAnswer }) {
  const colours = palette.value
  const flows = useMemo(() => flowsOf(answer), [answer])
  const option = useMemo(() => flowDiagram(flows, colours), [flows, colours])
  const largest = [...flows].sort((a, b) => b.count - a.count)[0]
  return (
    <ChartCard
      title="From stage to stage"
      note={`Left the stage moved out of, right the one moved into; ${formatDay(answer.from)} to ${formatDay(answer.to)}`}
      option={option}
      height={380}
      file="transitions"
      summary={
        largest
          ? `Flows between stages. The largest: ${formatCount(largest.count)} from ${largest.from} to ${largest.to}.`
          : 'No flows between stages.'
      }
      table={{
        caption: 'Moves from stage to stage',
        rows: flows,
        keyOf: ({ from, to }) => `${from} ${to}`,
        columns: [
          { label: 'from', value: ({ from }) => from },
          { label: 'to', value: ({ to }) => to },
          { label: 'moves', isNumber: true, value: ({ count }) => count, cell: ({ count }) => formatCount(count) },
          {
            label: 'share of the moves out',
            isNumber: true,
            value: ({ share }) => share,
            cell: ({ share }) => formatShare(share),
          },
        ],
      }}
    />
  )
}
