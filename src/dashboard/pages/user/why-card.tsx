import { useState } from 'preact/hooks'
import { STAGES } from '../../../core/contracts/stage.ts'
import type { Belief, WhyAnswer, WhyMove, WhyStep } from '../../api/answers.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { Card } from '../../elements/card.tsx'
import { CsvButton } from '../../elements/csv-button.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { StageMove } from '../../elements/stage-move.tsx'
import type { Column } from '../../elements/table-model.ts'
import { TableView } from '../../elements/table-view.tsx'
import { csvText } from '../../figures/csv-text.ts'
import { formatDuration, formatShare, formatShareRange, NO_FIGURE } from '../../figures/format-figures.ts'
import { formatSecond } from '../../figures/format-times.ts'

const MOVES = 10

/** The events that moved the stage, with what was believed before and after each: replayed when it is asked for. */
export function WhyCard({ userId }: { readonly userId: string }) {
  const [isAsked, setAsked] = useState(false)
  const asked = useAnswer<WhyAnswer>(
    isAsked ? `/v1/users/${encodeURIComponent(userId)}/why?limit=${MOVES}` : null,
    null,
  )
  const moves = asked.answer?.moves ?? []
  return (
    <Card
      title="Why"
      note="The events that moved the stage, replayed from the log; before → after each"
      actions={moves.length > 0 && <CsvButton name={`why-${userId}`} text={() => csvOf(moves)} />}
    >
      {isAsked ? (
        <AnswerView asked={asked} what="the events" heights={[240]}>
          {(answer) => <Moves {...answer} />}
        </AnswerView>
      ) : (
        <button type="button" class="button" onClick={() => setAsked(true)}>
          Show the events
        </button>
      )}
    </Card>
  )
}

function Moves({ moves, omitted, steps }: WhyAnswer) {
  if (moves.length === 0) return <EmptyNote title="Nothing has changed yet">{`In ${steps} steps.`}</EmptyNote>
  return (
    <ol class="why-moves">
      {moves.map((move) => (
        <li key={`${move.decided.position.offset} ${move.decided.time} ${move.reason}`}>
          <h3 class="timeline-head">
            <StageMove transition={move} />
            <time dateTime={move.decided.time}>{formatSecond(move.decided.time)}</time>
          </h3>
          <p>{sentenceOf(move)}</p>
          <TableView
            table={{
              caption: `Events behind the change of ${formatSecond(move.decided.time)}`,
              rows: stepsOf(move),
              columns: COLUMNS,
            }}
          />
        </li>
      ))}
      {omitted > 0 && <li class="faint">{`${omitted} earlier changes are not shown.`}</li>}
    </ol>
  )
}

const COLUMNS: readonly Column<WhyStep>[] = [
  { label: 'time', value: ({ time }) => time, cell: ({ time }) => formatSecond(time) },
  { label: 'event', value: causeOf },
  { label: 'task', value: ({ task }) => task ?? NO_FIGURE },
  { label: 'rate, 5–95 %', value: rateOf },
  ...STAGES.map((stage): Column<WhyStep> => ({
    label: stage,
    isNumber: true,
    value: ({ before, after }) =>
      `${percent(before?.stageProbabilities[stage])} → ${percent(after.stageProbabilities[stage])} %`,
  })),
]

function percent(share: number | undefined): string {
  return share === undefined ? NO_FIGURE : (share * 100).toFixed(0)
}

/** In order of time, the deciding one last. */
function stepsOf({ raised, decided }: WhyMove): readonly WhyStep[] {
  return [...raised, decided]
}

function sentenceOf({ from, to, reason, probability, heldForSeconds, task, raised }: WhyMove): string {
  const held = formatDuration(heldForSeconds)
  if (reason === 'dormant') return `Silent for longer than this user's own gaps allow, after ${held} in ${from}.`
  if (reason === 'returned') return 'Had an event again after having gone dormant.'
  const mover = task === null ? '' : ` It was moved by the rate of ${task}.`
  const events = raised.length === 0 ? '' : ' These events raised it most; the last line decided.'
  return `Left ${from} after ${held}; ${to} had become ${formatShare(probability)} probable.${mover}${events}`
}

function causeOf({ cause, before, after }: WhyStep): string {
  const what = cause.kind === 'event' ? (cause.type ?? 'event') : 'time passed'
  return before && before.bundleVersion !== after.bundleVersion ? `${what}, bundle ${after.bundleVersion}` : what
}

function rateOf({ task, before, after }: WhyStep): string {
  if (task === null) return NO_FIGURE
  const text = (belief: Belief | null): string => {
    const posterior = belief?.tasks[task]
    if (!posterior) return NO_FIGURE
    return `${formatShare(posterior.mean)} (${formatShareRange(posterior.lower, posterior.upper)})`
  }
  return `${text(before)} → ${text(after)}`
}

function csvOf(moves: readonly WhyMove[]): string {
  const head = ['change', 'from', 'to', 'reason', 'time', 'event', 'event id', 'offset', 'task', 'rate']
  return csvText(
    [...head, ...STAGES.flatMap((stage) => [`${stage} before`, `${stage} after`])],
    moves.flatMap((move) =>
      stepsOf(move).map((step) => [
        move.decided.time,
        move.from,
        move.to,
        move.reason,
        step.time,
        causeOf(step),
        step.cause.eventId ?? '',
        step.position.offset,
        step.task ?? '',
        rateOf(step),
        ...STAGES.flatMap((stage) => [
          step.before?.stageProbabilities[stage] ?? '',
          step.after.stageProbabilities[stage],
        ]),
      ]),
    ),
  )
}
