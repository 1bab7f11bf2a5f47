import type { QualityMoment } from '../../api/answers.ts'
import { bottomValueAxis, legendAt, PLOT_GRID, tooltipOf, valueAxis } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { formatCompact, formatCount, formatDecimal } from '../../figures/format-figures.ts'
import { formatMoment } from '../../figures/format-times.ts'
import type { Palette } from '../../theme/palette.ts'

export const QUALITIES = ['auc', 'logLoss', 'ece'] as const
export type Quality = (typeof QUALITIES)[number]

const DASHES = ['solid', 'dashed', 'dotted'] as const

/** A prequential figure of each task over the examples that were trained on. */
export function qualityLines(
  history: readonly QualityMoment[],
  tasks: readonly string[],
  quality: Quality,
  palette: Palette,
): ChartOption {
  return {
    grid: { ...PLOT_GRID, bottom: 28 },
    legend: legendAt(palette, tasks),
    tooltip: {
      ...tooltipOf(palette, 'axis'),
      formatter: ([{ dataIndex }]: { dataIndex: number }[]) => {
        const { exampleCount, time, tasks: byTask } = history[dataIndex]
        const rows = tasks.map((task, t) => ({
          colour: palette.series[t % palette.series.length],
          name: task,
          value: formatDecimal(byTask[task]?.[quality], 4),
        }))
        return tooltipElement(`${formatCount(exampleCount)} examples`, rows, `event time ${formatMoment(time)}`)
      },
    },
    xAxis: {
      ...bottomValueAxis(palette, { name: 'examples trained on', format: formatCompact }),
      min: history[0]?.exampleCount,
      max: history.at(-1)?.exampleCount,
    },
    yAxis: { ...valueAxis(palette, { format: (value) => formatDecimal(value, 2) }), scale: true },
    series: tasks.map((task, t) => ({
      name: task,
      type: 'line',
      symbol: history.length < 2 ? 'circle' : 'none',
      color: palette.series[t % palette.series.length],
      lineStyle: { width: 2, type: DASHES[t % DASHES.length] },
      connectNulls: true,
      data: history.map(({ exampleCount, tasks: byTask }) => [exampleCount, byTask[task]?.[quality] ?? null]),
    })),
  }
}
