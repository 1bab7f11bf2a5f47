import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'

interface Props {
  readonly title: string
  readonly note?: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A dialog at the right edge. The browser keeps the focus inside and gives it back. */
export function SidePanel({ title, note, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const shown = dialog.current!
    shown.showModal()
    return () => shown.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      class="side-panel"
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div class="side-panel-body">
        <header class="card-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="quiet-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
          {note && <p class="card-note">{note}</p>}
        </header>
        {children}
      </div>
    </dialog>
  )
}
