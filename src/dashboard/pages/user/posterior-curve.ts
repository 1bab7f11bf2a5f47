import type { Posterior } from '../../api/answers.ts'
import { bottomValueAxis, tooltipOf, valueAxis } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { betaCurve, betaDensity } from '../../figures/beta-density.ts'
import { formatDecimal, formatShare } from '../../figures/format-figures.ts'
import type { Palette } from '../../theme/palette.ts'

/**
 * The posterior of one task as a density: 5 to 95 % filled, the mean as a line, and dashed the posterior at the time
 * the page or the stage began.
 */
export function posteriorCurve(
  posterior: Posterior,
  earlier: Posterior | null,
  axisEnd: number,
  palette: Palette,
): ChartOption {
  const { alpha, beta, lower, upper, mean } = posterior
  const curve = betaCurve(alpha, beta, axisEnd).map(({ rate, density }) => [rate, density] as const)
  const inside = curve.filter(([rate]) => rate >= lower && rate <= upper)
  // A density rises without bound at an end when a parameter is below 1; there the chart is cut.
  const peak = Math.max(...(alpha < 1 || beta < 1 ? inside : curve).map(([, density]) => density), 1)
  return {
    animationDuration: 0,
    grid: { left: 6, right: 6, top: 12, bottom: 24 },
    tooltip: {
      ...tooltipOf(palette, 'axis'),
      formatter: ([{ value }]: { value: [number, number] }[]) =>
        tooltipElement(`Rate ${formatShare(value[0])}`, [
          { colour: palette.accent, name: 'density now', value: formatDecimal(value[1], 2) },
          ...(earlier
            ? [{ name: 'before', value: formatDecimal(betaDensity(earlier.alpha, earlier.beta, value[0]), 2) }]
            : []),
        ]),
    },
    xAxis: {
      ...bottomValueAxis(palette, { min: 0, max: axisEnd, format: formatRate }),
      interval: axisEnd / 2,
    },
    yAxis: { ...valueAxis(palette, { min: 0, max: peak * 1.08 }), show: false },
    series: [
      line('now', curve, { width: 2, color: palette.accent }),
      {
        ...line('5 to 95 %', inside, { width: 0, color: palette.accent }),
        areaStyle: { color: palette.accent, opacity: 0.22 },
        markLine: {
          silent: true,
          symbol: 'none',
          animation: false,
          lineStyle: { color: palette.text, width: 1.5, type: 'solid' },
          label: { show: false },
          data: [{ xAxis: mean }],
        },
      },
      ...(earlier
        ? [
            line(
              'before',
              betaCurve(earlier.alpha, earlier.beta, axisEnd).map(({ rate, density }) => [rate, density] as const),
              { width: 1.5, color: palette.control, type: 'dashed' },
            ),
          ]
        : []),
    ],
  }
}

function formatRate(rate: number): string {
  return `${Number((rate * 100).toFixed(1))} %`
}

function line(
  name: string,
  points: readonly (readonly [number, number])[],
  lineStyle: { readonly width: number; readonly color: string; readonly type?: string },
) {
  return { name, type: 'line', symbol: 'none', smooth: false, lineStyle, data: points, clip: true }
}
