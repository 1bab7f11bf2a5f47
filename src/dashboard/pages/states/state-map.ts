import { STAGES } from '../../../core/contracts/stage.ts'
import type { EmbeddingsAnswer, MapPoint } from '../../api/answers.ts'
import { bottomValueAxis, legendAt, NAMED_GRID, tooltipOf, valueAxis } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { formatDecimal, formatShare } from '../../figures/format-figures.ts'
import { formatMoment } from '../../figures/format-times.ts'
import type { Palette } from '../../theme/palette.ts'

/** What a point of the chart knows. */
interface Mark {
  readonly value: readonly [number, number]
  readonly point?: MapPoint
  readonly time?: string
}

/**
 * Users as points by the first two principal components; the watched user's way as a line that ends at a large point.
 */
export function stateMap(answer: EmbeddingsAnswer, palette: Palette): ChartOption {
  const { points, user, explained } = answer
  const isWatched = user !== null && user.trail.length > 0
  return {
    grid: NAMED_GRID,
    legend: legendAt(palette, STAGES, 'circle'),
    tooltip: {
      ...tooltipOf(palette, 'item'),
      formatter: ({ data }: { data: Mark }) =>
        data.point
          ? tooltipElement(data.point.userId, [
              { colour: palette.stages[data.point.stage], name: 'stage', value: data.point.stage },
            ])
          : tooltipElement(user?.userId ?? '', [{ name: 'state at', value: formatMoment(data.time ?? null) }]),
    },
    xAxis: { ...bottomValueAxis(palette, { name: axisName(1, explained[0]), format: short }), scale: true },
    yAxis: { ...valueAxis(palette, { name: axisName(2, explained[1]), format: short }), scale: true },
    series: [
      ...STAGES.map((stage) => ({
        name: stage,
        type: 'scatter',
        symbolSize: 8,
        color: palette.stages[stage],
        itemStyle: { opacity: isWatched ? 0.35 : 0.75, borderColor: palette.surface, borderWidth: 0.5 },
        data: points
          .filter((point) => point.stage === stage)
          .map((point): Mark => ({ value: [point.x, point.y], point })),
      })),
      ...(isWatched ? trailSeries(user, palette) : []),
    ],
  }
}

function trailSeries({ userId, stage, trail }: NonNullable<EmbeddingsAnswer['user']>, palette: Palette) {
  const marks = trail.map(({ x, y, time }): Mark => ({ value: [x, y], time }))
  return [
    {
      name: `way of ${userId}`,
      type: 'line',
      symbol: 'circle',
      symbolSize: 5,
      color: palette.text,
      lineStyle: { width: 2, color: palette.text },
      z: 5,
      data: marks,
    },
    {
      name: userId,
      type: 'scatter',
      symbolSize: 18,
      color: palette.stages[stage],
      itemStyle: { borderColor: palette.text, borderWidth: 2.5 },
      label: {
        show: true,
        formatter: userId,
        position: 'top',
        color: palette.text,
        fontWeight: 600,
        fontSize: 13,
        distance: 8,
        padding: [3, 6],
        borderRadius: 4,
        backgroundColor: palette.surface,
      },
      z: 6,
      data: marks.slice(-1),
    },
  ]
}

function axisName(component: number, explained: number | undefined): string {
  return explained === undefined
    ? `component ${component}`
    : `component ${component}, ${formatShare(explained)} of the variance`
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(formatDecimal(value, 2)))
}
