import type { ByTask, CalibrationBin } from '../../api/answers.ts'
import { bottomValueAxis, legendAt, PLOT_GRID, tooltipOf, valueAxis } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { formatCount, formatShare } from '../../figures/format-figures.ts'
import type { Palette } from '../../theme/palette.ts'

const PERFECT = 'perfect'

/** Rate of labels over the mean score of each bin; perfect calibration is the diagonal. */
export function reliabilityCurve(
  calibration: ByTask<readonly CalibrationBin[]>,
  tasks: readonly string[],
  palette: Palette,
): ChartOption {
  const bins = Object.fromEntries(
    tasks.map((task) => [task, (calibration[task] ?? []).filter(({ count }) => count > 0)]),
  )
  const end = axisEndOf(Object.values(bins).flat())
  return {
    grid: { ...PLOT_GRID, bottom: 28 },
    legend: legendAt(palette, [...tasks, PERFECT]),
    tooltip: {
      ...tooltipOf(palette, 'item'),
      formatter: ({ seriesName, dataIndex, color }: { seriesName: string; dataIndex: number; color: string }) => {
        const bin = bins[seriesName]?.[dataIndex]
        if (!bin) return ''
        return tooltipElement(
          `${seriesName}, scores ${formatShare(bin.lower)} to ${formatShare(bin.upper)}`,
          [
            { colour: color, name: 'mean score', value: formatShare(bin.score) },
            { colour: color, name: 'rate of labels', value: formatShare(bin.rate) },
          ],
          `${formatCount(bin.count)} examples`,
        )
      },
    },
    xAxis: {
      ...bottomValueAxis(palette, { name: 'mean score', min: 0, max: end, format: formatAxis }),
      interval: end / 2,
    },
    yAxis: { ...valueAxis(palette, { min: 0, max: end, format: formatAxis }), interval: end / 2 },
    series: [
      ...tasks.map((task, t) => ({
        name: task,
        type: 'line',
        symbol: ['circle', 'rect', 'triangle'][t % 3],
        symbolSize: 8,
        color: palette.series[t % palette.series.length],
        lineStyle: { width: 2 },
        data: bins[task].map(({ score, rate }) => [score, rate]),
      })),
      {
        name: PERFECT,
        type: 'line',
        symbol: 'none',
        silent: true,
        color: palette.control,
        lineStyle: { width: 1, type: 'dashed' },
        data: [
          [0, 0],
          [end, end],
        ],
      },
    ],
  }
}

/** A round end that shows every bin. */
export function axisEndOf(bins: readonly CalibrationBin[]): number {
  const largest = Math.max(0.05, ...bins.flatMap(({ score, rate }) => [score, rate]))
  return [0.1, 0.2, 0.4, 0.6, 0.8].find((end) => end >= largest) ?? 1
}

function formatAxis(value: number): string {
  return `${Math.round(value * 100)} %`
}
