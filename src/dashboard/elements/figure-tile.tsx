import type { ComponentChildren } from 'preact'

interface Props {
  readonly label: string
  readonly value: string
  readonly note?: ComponentChildren
  /** A colour of the style sheet for the mark before the label. */
  readonly colour?: string
  /** Of a whole, drawn as a bar. */
  readonly share?: number
  readonly tone?: 'good' | 'warning' | 'danger'
}

/** One figure. */
export function FigureTile({ label, value, note, colour, share, tone }: Props) {
  return (
    <div class="tile">
      <dt>
        {colour && <span class="dot" style={{ background: colour }} />}
        <span class="tile-label">{label}</span>
      </dt>
      <dd>
        <span class={tone ? `tile-value tone-${tone}` : 'tile-value'}>{value}</span>
        {note && <span class="tile-note">{note}</span>}
        {share !== undefined && (
          <span class="share-bar" aria-hidden="true">
            <span style={{ width: `${share * 100}%`, background: colour }} />
          </span>
        )}
      </dd>
    </div>
  )
}
