import { isReachable, latestFreshness } from '../api/api-client.ts'
import { formatDuration } from '../figures/format-figures.ts'
import { formatMoment } from '../figures/format-times.ts'

/** How far what is shown is behind, as the newest answer said. */
export function FreshnessNote() {
  const freshness = latestFreshness.value
  if (!isReachable.value) return <Note tone="danger" title="Not connected" note="The server does not answer" />
  if (freshness === null) return <Note tone="waiting" title="Connecting" note="" />
  const { asOf, lagSeconds, stale } = freshness
  const events = asOf === null ? 'no events yet' : `up to ${formatMoment(asOf)} UTC`
  if (!stale) return <Note tone="good" title={`Live, ${formatDuration(lagSeconds)} behind`} note={events} />
  const title = lagSeconds === null ? 'Being built' : `Stale, ${formatDuration(lagSeconds)} behind`
  return <Note tone="warning" title={title} note={events} />
}

interface Props {
  readonly tone: 'good' | 'warning' | 'danger' | 'waiting'
  readonly title: string
  readonly note: string
}

function Note({ tone, title, note }: Props) {
  return (
    <div class={`freshness freshness-${tone}`}>
      <span class="freshness-dot" aria-hidden="true" />
      <div>
        <div class="freshness-title">{title}</div>
        {note && <div class="freshness-time">{note}</div>}
      </div>
    </div>
  )
}
