import type { ComponentChildren } from 'preact'
import { contrastOf, mixColours } from '../theme/colour-maths.ts'
import { palette } from '../theme/theme.ts'

interface Props {
  /** 0 to 1: how strong the colour is. */
  readonly share: number
  readonly children: ComponentChildren
}

/** A table cell that is the darker the larger its share; its text takes the colour that is read best. */
export function HeatCell({ share, children }: Props) {
  const { surface, accent, text, onAccent } = palette.value
  const background = mixColours(surface, accent, heatOf(share))
  const colour = contrastOf(background, text) >= contrastOf(background, onAccent) ? text : onAccent
  return (
    <td class="number heat" style={{ background, color: colour }}>
      {children}
    </td>
  )
}

/** Steps are seen better among small shares. */
function heatOf(share: number): number {
  return 0.9 * Math.sqrt(Math.min(1, Math.max(0, share)))
}
