import type { ComponentChildren } from 'preact'
import { inkOn, mixColours } from '../theme/colour-maths.ts'
import { palette } from '../theme/theme.ts'

interface Props {
  /** 0 to 1: how strong the colour is. */
  readonly share: number
  readonly children: ComponentChildren
}

/** A table cell that is the darker the larger its share; its text takes the colour that is read best. */
export function HeatCell({ share, children }: Props) {
  const { surface, accent, text } = palette.value
  const background = mixColours(surface, accent, heatOf(share))
  return (
    <td class="number heat" style={{ background, color: inkOn(background, text) }}>
      {children}
    </td>
  )
}

/** Steps are seen better among small shares. */
function heatOf(share: number): number {
  return 0.9 * Math.sqrt(Math.min(1, Math.max(0, share)))
}
