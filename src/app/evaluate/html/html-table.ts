import { escapeHtml } from './escape-html.ts'

export interface Cell {
  readonly text: string
  /** How strongly it is coloured, 0 .. 1. */
  readonly heat?: number
  readonly best?: boolean
}

/** A table that scrolls sideways by itself; the first `leftCount` columns are text. */
export function htmlTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Cell | string)[])[],
  leftCount = 1,
): string {
  const header = head.map(
    (text, c) => `<th scope="col"${c < leftCount ? ' class="text"' : ''}>${escapeHtml(text)}</th>`,
  )
  const body = rows.map((row) => {
    const cells = row.map((cell, c) => {
      const { text, heat, best } = typeof cell === 'string' ? { text: cell, heat: undefined, best: false } : cell
      const classes = [c < leftCount ? 'text' : '', best ? 'best' : ''].filter(Boolean).join(' ')
      const style =
        heat === undefined || !Number.isFinite(heat)
          ? ''
          : ` style="background:color-mix(in srgb, var(--c0) ${Math.round(60 * Math.min(1, Math.max(0, heat)))}%, transparent)"`
      return `<td${classes ? ` class="${classes}"` : ''}${style}>${escapeHtml(text)}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  return `<figure class="table"><figcaption>${escapeHtml(caption)}</figcaption><div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table><thead><tr>${header.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div></figure>`
}
