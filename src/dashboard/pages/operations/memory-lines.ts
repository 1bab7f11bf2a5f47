import { legendAt, PLOT_GRID, tooltipOf, valueAxis } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { formatBytes } from '../../figures/format-figures.ts'
import { formatClock } from '../../figures/format-times.ts'
import type { Palette } from '../../theme/palette.ts'
import type { Reading } from './live-series.ts'

export const MEMORY_PARTS = [
  { name: 'resident', field: 'rssBytes' },
  { name: 'heap', field: 'heapUsedBytes' },
  { name: 'array buffers', field: 'arrayBuffersBytes' },
] as const

/** Memory of the process since the page was opened. */
export function memoryLines(readings: readonly Reading[], palette: Palette): ChartOption {
  return {
    animation: false,
    grid: PLOT_GRID,
    legend: legendAt(
      palette,
      MEMORY_PARTS.map(({ name }) => name),
    ),
    tooltip: {
      ...tooltipOf(palette, 'axis'),
      formatter: ([{ dataIndex }]: { dataIndex: number }[]) =>
        tooltipElement(
          `${formatClock(readings[dataIndex].atMs)} UTC`,
          MEMORY_PARTS.map(({ name, field }, i) => ({
            colour: palette.series[i],
            name,
            value: formatBytes(readings[dataIndex][field]),
          })),
        ),
    },
    xAxis: {
      type: 'time',
      axisLabel: { color: palette.faint, fontSize: 12, hideOverlap: true, formatter: (ms: number) => formatClock(ms) },
      axisLine: { lineStyle: { color: palette.border } },
      axisTick: { show: false },
      splitNumber: 4,
    },
    yAxis: valueAxis(palette, { min: 0, format: formatBytes }),
    series: MEMORY_PARTS.map(({ name, field }, i) => ({
      name,
      type: 'line',
      symbol: readings.length < 2 ? 'circle' : 'none',
      color: palette.series[i],
      lineStyle: { width: 2 },
      data: readings.map((reading) => [reading.atMs, reading[field]]),
    })),
  }
}
