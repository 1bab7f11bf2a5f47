import type { Transition } from '../../api/answers.ts'
import { Card } from '../../elements/card.tsx'
import { CsvButton } from '../../elements/csv-button.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { StageMove } from '../../elements/stage-move.tsx'
import { csvText } from '../../figures/csv-text.ts'
import { formatMoment } from '../../figures/format-times.ts'
import { explainTransition } from './explain-transition.ts'
import { IntervalBars } from './interval-bars.tsx'

interface Props {
  readonly userId: string
  /** Newest first. */
  readonly transitions: readonly Transition[]
}

/** How the user came here, and why each step was taken. */
export function TimelineCard({ userId, transitions }: Props) {
  const csv = (): string =>
    csvText(
      ['time', 'from', 'to', 'reason', 'probability', 'held for seconds', 'why'],
      transitions.map((t) => [
        t.eventTime,
        t.from,
        t.to,
        t.reason,
        t.probability,
        t.heldForSeconds,
        explainTransition(t),
      ]),
    )
  return (
    <Card
      title="Timeline"
      note="Each change of stage with the evidence for it, the newest first"
      actions={<CsvButton name={`timeline-of-${userId}`} text={csv} />}
    >
      {transitions.length === 0 ? (
        <EmptyNote title="No change of stage yet" />
      ) : (
        <ol class="timeline">
          {transitions.map((transition) => (
            <li key={keyOf(transition)}>
              <span class="timeline-mark" style={{ background: `var(--stage-${transition.to})` }} aria-hidden="true" />
              <div class="timeline-head">
                <StageMove transition={transition} />
                <time dateTime={transition.eventTime}>{formatMoment(transition.eventTime)}</time>
              </div>
              <p>{explainTransition(transition)}</p>
              {transition.reason === 'evidence' && <IntervalBars transition={transition} />}
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}

function keyOf({ source, reason, to, eventTime }: Transition): string {
  return `${source.partition}/${source.offset} ${eventTime} ${reason} ${to}`
}
