import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface Props {
  readonly title: string
  readonly note?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly wide?: boolean
  readonly children: ComponentChildren
}

export function Card({ title, note, actions, wide, children }: Props) {
  const id = useId()
  return (
    <section class={wide ? 'card card-wide' : 'card'} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {actions && <div class="card-actions">{actions}</div>}
        {note && <p class="card-note">{note}</p>}
      </header>
      {children}
    </section>
  )
}
