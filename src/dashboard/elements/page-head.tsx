import type { ComponentChildren } from 'preact'

interface Props {
  readonly title: string
  readonly note: string
  readonly children?: ComponentChildren
}

export function PageHead({ title, note, children }: Props) {
  return (
    <header class="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        <p>{note}</p>
      </div>
      {children && <div class="page-controls">{children}</div>}
    </header>
  )
}
