import type { Alert, UserTransition } from '../../api/answers.ts'
import { Card } from '../../elements/card.tsx'
import { CsvButton } from '../../elements/csv-button.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { UserLink } from '../../elements/user-link.tsx'
import { csvText } from '../../figures/csv-text.ts'
import { formatShare } from '../../figures/format-figures.ts'
import { formatMoment } from '../../figures/format-times.ts'
import { StageMove } from '../../elements/stage-move.tsx'

interface TransitionsProps {
  readonly transitions: readonly UserTransition[]
  readonly isLive: boolean
}

/** Transitions as they come. */
export function LatestTransitions({ transitions, isLive }: TransitionsProps) {
  const csv = (): string =>
    csvText(
      ['time', 'user', 'from', 'to', 'reason', 'probability'],
      transitions.map((t) => [t.eventTime, t.userId, t.from, t.to, t.reason, t.probability]),
    )
  return (
    <Card
      title="Latest transitions"
      note={liveWords(isLive)}
      actions={<CsvButton name="latest-transitions" text={csv} />}
    >
      {transitions.length === 0 ? (
        <EmptyNote title="None since this page was opened">They appear here as they happen.</EmptyNote>
      ) : (
        <ul class="feed" aria-label="Latest transitions">
          {transitions.map((transition) => (
            <li key={keyOf(transition)}>
              <UserLink userId={transition.userId} />
              <time dateTime={transition.eventTime}>{formatMoment(transition.eventTime)}</time>
              <StageMove transition={transition} />
              <span class="feed-note">
                {transition.reason === 'evidence' && `${formatShare(transition.probability)} probable`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

/** Alerts as they come, after those that had been raised. */
export function LatestAlerts({ alerts, isLive }: { readonly alerts: readonly Alert[]; readonly isLive: boolean }) {
  const csv = (): string =>
    csvText(
      ['time', 'kind', 'status', 'severity', 'subject', 'message'],
      alerts.map((a) => [a.eventTime, a.kind, a.status, a.severity, a.subject, a.message]),
    )
  return (
    <Card title="Alerts" note={liveWords(isLive)} actions={<CsvButton name="latest-alerts" text={csv} />}>
      {alerts.length === 0 ? (
        <EmptyNote title="No alerts" />
      ) : (
        <ul class="feed" aria-label="Latest alerts">
          {alerts.map((alert, i) => (
            <li key={`${alert.subject} ${alert.kind} ${alert.eventTime} ${i}`}>
              {alert.family === 'user' ? <UserLink userId={alert.subject} /> : <span>{alert.subject}</span>}
              <time dateTime={alert.eventTime}>{formatMoment(alert.eventTime)}</time>
              <span class={`severity severity-${alert.severity}`}>{alert.kind.replaceAll('-', ' ')}</span>
              <span class="feed-note">{alert.status === 'resolved' ? 'resolved' : alert.severity}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function liveWords(isLive: boolean): string {
  return isLive ? 'live, as they happen' : 'connecting…'
}

function keyOf({ source, userId, reason, to }: UserTransition): string {
  return `${source.partition}/${source.offset} ${userId} ${reason} ${to}`
}
