import type { ComponentChildren } from 'preact'

export function EmptyNote({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty-note">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  )
}
