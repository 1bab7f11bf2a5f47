import { useId, useState } from 'preact/hooks'
import { STAGES } from '../../../core/contracts/stage.ts'
import type { StateAnswer, UserState } from '../../api/answers.ts'
import { pathWith } from '../../api/api-client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { Card } from '../../elements/card.tsx'
import { TableView } from '../../elements/table-view.tsx'
import { formatCount, formatShare, formatShareRange, NO_FIGURE } from '../../figures/format-figures.ts'
import { formatSecond } from '../../figures/format-times.ts'

interface Row {
  readonly what: string
  readonly before: string
  readonly now: string
}

/** The state as it was at a time, beside the present one. */
export function PastCard({ state: now }: { readonly state: UserState }) {
  const id = useId()
  const [text, setText] = useState(now.eventTime.slice(0, 19))
  const [asOf, setAsOf] = useState<string | null>(null)
  const path = `/v1/users/${encodeURIComponent(now.userId)}/state`
  const asked = useAnswer<StateAnswer>(asOf === null ? null : pathWith(path, { at: asOf }), null)
  return (
    <Card title="State at a time" note="As it was at an event time, replayed from the log, beside the present one">
      <form
        class="past-form"
        onSubmit={(event) => {
          event.preventDefault()
          // What the browser gives has no zone, and seconds only where they are not 0. The whole second counts.
          if (text !== '') setAsOf(`${text.length === 16 ? `${text}:00` : text}.999Z`)
        }}
      >
        <label for={id}>Time (UTC)</label>
        <input
          id={id}
          type="datetime-local"
          step="1"
          required
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit" class="button">
          Show
        </button>
      </form>
      {asOf !== null && (
        <div aria-live="polite">
          <AnswerView asked={asked} what="the state of that time" heights={[200]}>
            {({ state: then }) => (
              <>
                <p>
                  At {formatSecond(asOf)} this user was <strong>{stageText(then)}</strong>; now {stageText(now)}.
                </p>
                <TableView
                  table={{
                    caption: `State at ${formatSecond(asOf)} and now`,
                    rows: rowsOf(then, now),
                    columns: [
                      { label: 'what', value: ({ what }) => what },
                      { label: 'then', isNumber: true, value: ({ before }) => before },
                      { label: 'now', isNumber: true, value: (row) => row.now },
                    ],
                  }}
                />
              </>
            )}
          </AnswerView>
        </div>
      )}
    </Card>
  )
}

function rowsOf(then: UserState, now: UserState): Row[] {
  const both = (what: string, text: (state: UserState) => string): Row => ({
    what,
    before: text(then),
    now: text(now),
  })
  return [
    ...STAGES.map((stage) => both(`probability of ${stage}`, (state) => formatShare(state.stageProbabilities[stage]))),
    ...Object.keys(now.tasks).flatMap((task) => [
      both(`rate of ${task}`, ({ tasks }) => {
        const posterior = tasks[task]
        if (!posterior) return NO_FIGURE
        return `${formatShare(posterior.mean)} (${formatShareRange(posterior.lower, posterior.upper)})`
      }),
      both(`${task} within 30 days`, ({ tasks }) => {
        const posterior = tasks[task]
        return posterior ? `${formatCount(posterior.successes)} of ${formatCount(posterior.trials)}` : NO_FIGURE
      }),
    ]),
    both('in this stage since', ({ since }) => formatSecond(since)),
    both('last event', ({ eventTime }) => formatSecond(eventTime)),
    both('rules', ({ ruleVersion }) => ruleVersion),
    both('bundle', ({ bundleVersion }) => String(bundleVersion)),
  ]
}

function stageText({ stage, dormant, returned }: UserState): string {
  return [stage, ...(dormant ? ['dormant'] : []), ...(returned ? ['returned'] : [])].join(', ')
}
