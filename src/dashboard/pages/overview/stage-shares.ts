import { STAGES } from '../../../core/contracts/stage.ts'
import type { Interval, LifecycleInterval } from '../../api/answers.ts'
import { categoryAxis, legendAt, PLOT_GRID, tooltipOf, valueAxis } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { formatCount, formatShare } from '../../figures/format-figures.ts'
import { formatInterval, nameInterval } from '../../figures/format-times.ts'
import type { Palette } from '../../theme/palette.ts'

/** Share of each stage at the end of each interval, stacked to 100 %. */
export function stageShares(
  intervals: readonly LifecycleInterval[],
  interval: Interval,
  palette: Palette,
): ChartOption {
  return {
    grid: PLOT_GRID,
    legend: legendAt(palette, STAGES),
    tooltip: {
      ...tooltipOf(palette, 'axis'),
      formatter: ([{ dataIndex }]: { dataIndex: number }[]) => {
        const { start, stages } = intervals[dataIndex]
        const rows = [...STAGES].reverse().map((stage) => ({
          colour: palette.stages[stage],
          name: stage,
          value: `${formatShare(shareOf(intervals[dataIndex], stage))} · ${formatCount(stages[stage])}`,
        }))
        return tooltipElement(nameInterval(start, interval), rows)
      },
    },
    xAxis: {
      ...categoryAxis(
        palette,
        intervals.map(({ start }) => formatInterval(start, interval)),
      ),
      boundaryGap: false,
    },
    yAxis: { ...valueAxis(palette, { format: (value) => `${value} %`, max: 100 }), interval: 25 },
    series: STAGES.map((stage) => ({
      name: stage,
      type: 'line',
      stack: 'share',
      symbol: 'none',
      color: palette.stages[stage],
      lineStyle: { width: 1, color: palette.surface },
      areaStyle: { color: palette.stages[stage], opacity: 0.9 },
      data: intervals.map((entry) => shareOf(entry, stage) * 100),
    })),
  }
}

/** 0 where there was no user yet. */
export function shareOf({ stages }: LifecycleInterval, stage: (typeof STAGES)[number]): number {
  const users = STAGES.reduce((sum, name) => sum + stages[name], 0)
  return users === 0 ? 0 : stages[stage] / users
}
