import { STAGES } from '../../../core/contracts/stage.ts'
import type { LifecycleAnswer } from '../../api/answers.ts'
import { FigureTile } from '../../elements/figure-tile.tsx'
import { formatCount, formatDuration, formatShare } from '../../figures/format-figures.ts'

interface Props {
  readonly answer: LifecycleAnswer
  /** Null until two readings of the counter are there. */
  readonly eventsPerSecond: number | null
  /** Transitions that came in the last minute. */
  readonly transitionsPerMinute: number
}

/** Who is where, now. */
export function LiveFigures({ answer, eventsPerSecond, transitionsPerMinute }: Props) {
  const { users, stages, dormant, freshness } = answer
  return (
    <dl class="tiles tiles-overview" aria-label="Now">
      <FigureTile label="users" value={formatCount(users)} note={`${formatCount(dormant)} dormant`} />
      {STAGES.map((stage) => (
        <FigureTile
          key={stage}
          label={stage}
          value={formatCount(stages[stage].users)}
          note={`${formatShare(stages[stage].share)} of users`}
          colour={`var(--stage-${stage})`}
          share={stages[stage].share}
        />
      ))}
      <FigureTile
        label="event rate"
        value={eventsPerSecond === null ? '…' : `${formatCount(eventsPerSecond)}/s`}
        note={`${formatCount(transitionsPerMinute)} moves/min`}
      />
      <FigureTile
        label="freshness"
        value={formatDuration(freshness.lagSeconds)}
        note={freshness.stale ? 'stale' : 'behind the log'}
        tone={freshness.stale ? 'warning' : undefined}
      />
    </dl>
  )
}
