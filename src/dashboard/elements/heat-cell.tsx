import type { ComponentChildren } from 'preact'
import { mixColours } from '../theme/colour-maths.ts'
import { palette } from '../theme/theme.ts'

interface Props {
  /** 0 to 1: how strong the colour is. */
  readonly share: number
  readonly children: ComponentChildren
}

/** A table cell that is the darker the larger its share. */
export function HeatCell({ share, children }: Props) {
  const { surface, heat } = palette.value
  const background = mixColours(surface, heat, heatOf(share))
  return (
    <td class="number heat" style={{ background }}>
      {children}
    </td>
  )
}

/** Steps are seen better among small shares. */
function heatOf(share: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, share)))
}
