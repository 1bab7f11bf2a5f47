import { ACTIVITIES, type Activity, type Interval, type LifecycleInterval } from '../../api/answers.ts'
import { categoryAxis, legendAt, PLOT_GRID, tooltipOf, valueAxis } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { formatCompact, formatCount } from '../../figures/format-figures.ts'
import { formatInterval, nameInterval } from '../../figures/format-times.ts'
import type { Palette } from '../../theme/palette.ts'

/** Bars of the lifecycle: who was active above zero, who fell silent below it. An interval that goes on is pale. */
export function lifecycleBars(
  intervals: readonly LifecycleInterval[],
  interval: Interval,
  palette: Palette,
): ChartOption {
  return {
    grid: PLOT_GRID,
    legend: legendAt(palette, ACTIVITIES),
    tooltip: {
      ...tooltipOf(palette, 'axis', true),
      formatter: ([{ dataIndex }]: { dataIndex: number }[]) =>
        tooltipOfInterval(intervals[dataIndex], interval, palette),
    },
    xAxis: {
      ...categoryAxis(
        palette,
        intervals.map(({ start }) => formatInterval(start, interval)),
      ),
      axisLine: { onZero: true, lineStyle: { color: palette.control } },
      axisLabel: { ...categoryAxis(palette, []).axisLabel, margin: 12 },
    },
    yAxis: valueAxis(palette, { format: (value) => formatCompact(Math.abs(value)) }),
    series: ACTIVITIES.map((activity) => ({
      name: activity,
      type: 'bar',
      stack: 'users',
      cursor: 'pointer',
      barMaxWidth: 44,
      barCategoryGap: '28%',
      emphasis: { focus: 'none' },
      itemStyle: { color: palette.activities[activity], borderColor: palette.surface, borderWidth: 1 },
      data: intervals.map((entry) => ({
        value: heightOf(entry, activity),
        ...(!entry.complete && { itemStyle: { opacity: 0.55 } }),
      })),
    })),
  }
}

/** Dormant users are drawn below zero. */
export function heightOf(entry: LifecycleInterval, activity: Activity): number {
  return activity === 'dormant' ? -entry.dormant : entry[activity]
}

function tooltipOfInterval(entry: LifecycleInterval, interval: Interval, palette: Palette): HTMLElement {
  const rows = ACTIVITIES.map((activity) => ({
    colour: palette.activities[activity],
    name: activity,
    value: formatCount(entry[activity]),
  }))
  return tooltipElement(
    nameInterval(entry.start, interval),
    [...rows, { name: 'active', value: formatCount(entry.active) }],
    entry.complete ? 'Choose a bar to list its users' : 'Not over yet: some who look dormant may still come',
  )
}
