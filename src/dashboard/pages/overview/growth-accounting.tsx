import type { Interval, LifecycleInterval } from '../../api/answers.ts'
import { Card } from '../../elements/card.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { formatCount, formatDecimal, formatShare } from '../../figures/format-figures.ts'
import { nameInterval } from '../../figures/format-times.ts'

interface Props {
  readonly intervals: readonly LifecycleInterval[]
  readonly interval: Interval
}

/** What came and what went in the last interval that is over. */
export function GrowthAccounting({ intervals, interval }: Props) {
  const last = intervals.findLast(({ complete }) => complete)
  const before = intervals[intervals.indexOf(last!) - 1]
  return (
    <Card
      title="Growth accounting"
      note={last ? `${nameInterval(last.start, interval)}, the last that is over` : undefined}
    >
      {last ? <Account last={last} before={before} /> : <EmptyNote title={`No ${interval} is over yet`} />}
    </Card>
  )
}

function Account({ last, before }: { last: LifecycleInterval; before: LifecycleInterval | undefined }) {
  const rows = [
    { activity: 'new', sign: '+', count: last.new, earlier: before?.new },
    { activity: 'returned', sign: '+', count: last.returned, earlier: before?.returned },
    { activity: 'dormant', sign: '−', count: last.dormant, earlier: before?.dormant },
    { activity: 'retained', sign: '', count: last.retained, earlier: before?.retained },
  ]
  const net = last.new + last.returned - last.dormant
  return (
    <div class="growth">
      <div class="growth-ratio">
        <span class="growth-ratio-value">{formatDecimal(last.quickRatio, 2)}</span>
        <span>
          quick ratio
          <small>{ratioWords(last.quickRatio)}</small>
        </span>
      </div>
      <dl class="growth-rows">
        {rows.map(({ activity, sign, count, earlier }) => (
          <div key={activity}>
            <dt>
              <span class="dot" style={{ background: `var(--activity-${activity})` }} />
              {activity}
            </dt>
            <dd>
              {sign}
              {formatCount(count)}
              <small>{changeWords(count, earlier)}</small>
            </dd>
          </div>
        ))}
        <div class="growth-sum">
          <dt>net change of active users</dt>
          <dd>
            {net > 0 ? '+' : net < 0 ? '−' : ''}
            {formatCount(Math.abs(net))}
            <small />
          </dd>
        </div>
      </dl>
    </div>
  )
}

function ratioWords(ratio: number | null): string {
  if (ratio === null) return 'nobody went dormant'
  return `${ratio.toFixed(2)} came for each that went`
}

function changeWords(count: number, earlier: number | undefined): string {
  if (earlier === undefined || earlier === 0) return ''
  const change = count / earlier - 1
  return `${change >= 0 ? '+' : '−'}${formatShare(Math.abs(change))}`
}
