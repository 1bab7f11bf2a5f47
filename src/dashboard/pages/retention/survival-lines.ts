import { STAGES } from '../../../core/contracts/stage.ts'
import type { DurationsAnswer } from '../../api/answers.ts'
import { bottomValueAxis, legendAt, PLOT_GRID, tooltipOf, valueAxis } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { formatDecimal, formatShare } from '../../figures/format-figures.ts'
import type { Palette } from '../../theme/palette.ts'

type Stages = DurationsAnswer['stages']

/** Share of spells in a stage that last longer than so many days (Kaplan-Meier), as steps, with a line at the half. */
export function survivalLines(stages: Stages, palette: Palette): ChartOption {
  return {
    grid: { ...PLOT_GRID, bottom: 28 },
    legend: legendAt(palette, STAGES),
    tooltip: {
      ...tooltipOf(palette, 'axis'),
      formatter: ([{ value }]: { value: [number, number] }[]) => {
        const days = value[0]
        const rows = STAGES.filter((stage) => stages[stage].survival.length > 0).map((stage) => ({
          colour: palette.stages[stage],
          name: stage,
          value: formatShare(shareAfter(stages, stage, days)),
        }))
        return tooltipElement(`After ${formatDecimal(days, 1)} days`, rows, 'still in the stage')
      },
    },
    xAxis: bottomValueAxis(palette, { name: 'days in the stage', min: 0 }),
    yAxis: { ...valueAxis(palette, { min: 0, max: 100, format: (value) => `${value} %` }), interval: 25 },
    series: STAGES.map((stage, s) => ({
      name: stage,
      type: 'line',
      step: 'end',
      symbol: 'none',
      color: palette.stages[stage],
      lineStyle: { width: 2 },
      data: visibleSteps(stages[stage].survival),
      ...(s === 0 && {
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: palette.control, type: 'dashed' },
          label: { formatter: 'half', position: 'insideEndTop', color: palette.faint },
          data: [{ yAxis: 50 }],
        },
      }),
    })),
  }
}

/** Steps below two pixels would be drawn as a slope: they wait until they are one together. */
const MIN_STEP = 0.01

function visibleSteps(survival: Stages['new']['survival']): readonly (readonly [number, number])[] {
  const steps: [number, number][] = [[0, 1]]
  survival.forEach(({ days, share }, i) => {
    const isLast = i === survival.length - 1
    if (days > 0 && (isLast || steps.at(-1)![1] - share >= MIN_STEP)) steps.push([days, share])
  })
  return steps.map(([days, share]) => [days, share * 100])
}

/** The share that stays longer than so many days: that of the last step before. */
export function shareAfter(stages: Stages, stage: (typeof STAGES)[number], days: number): number {
  return stages[stage].survival.findLast((step) => step.days <= days)?.share ?? 1
}
