import type { Palette } from '../theme/palette.ts'

/** Look of axes, legends and tooltips, shared by all charts. */
export const CHART_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

interface AxisWishes {
  readonly name?: string
  readonly format?: (value: number) => string
  readonly min?: number | string
  readonly max?: number | string
}

export function valueAxis({ text: _text, faint, grid }: Palette, { name, format, min, max }: AxisWishes = {}) {
  return {
    type: 'value',
    name,
    min,
    max,
    splitNumber: 4,
    nameTextStyle: { color: faint, align: 'left', fontSize: 12, padding: [0, 0, 4, -28] },
    axisLabel: { color: faint, fontSize: 12, hideOverlap: true, ...(format && { formatter: format }) },
    axisLine: { show: false, onZero: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: grid } },
  }
}

/** A value axis along the bottom, its name in the middle below. */
export function bottomValueAxis(palette: Palette, wishes: AxisWishes = {}) {
  return {
    ...valueAxis(palette, wishes),
    nameLocation: 'middle',
    nameGap: 30,
    nameTextStyle: { color: palette.faint, fontSize: 12 },
    splitLine: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: palette.border } },
  }
}

export function categoryAxis({ faint, border }: Palette, labels: readonly string[]) {
  return {
    type: 'category',
    data: [...labels],
    axisLabel: { color: faint, fontSize: 12, hideOverlap: true },
    axisLine: { lineStyle: { color: border }, onZero: true },
    axisTick: { show: false },
  }
}

export function legendAt({ soft, faint }: Palette, names: readonly string[], icon = 'roundRect') {
  return {
    data: [...names],
    top: 0,
    left: 0,
    icon,
    itemWidth: 12,
    itemHeight: 12,
    itemGap: 12,
    itemStyle: { opacity: 1, borderWidth: 0 },
    inactiveColor: faint,
    textStyle: { color: soft, fontSize: 12.5 },
  }
}

export function tooltipOf({ raised, border, text, control }: Palette, trigger: 'axis' | 'item', shadow = false) {
  return {
    trigger,
    confine: true,
    backgroundColor: raised,
    borderColor: border,
    borderWidth: 1,
    padding: 0,
    textStyle: { color: text, fontSize: 13, fontFamily: CHART_FONT },
    axisPointer: { type: shadow ? 'shadow' : 'line', lineStyle: { color: control, type: 'dashed' } },
    transitionDuration: 0,
  }
}

/** Room for the legend above and axis labels around. */
export const PLOT_GRID = { left: 8, right: 12, top: 44, bottom: 4, containLabel: true }
/** The same with a name above the vertical axis and one below the other. */
export const NAMED_GRID = { ...PLOT_GRID, top: 68, bottom: 28 }
