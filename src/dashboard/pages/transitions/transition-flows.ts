import { STAGES, type Stage } from '../../../core/contracts/stage.ts'
import type { TransitionsAnswer } from '../../api/answers.ts'
import { CHART_FONT, tooltipOf } from '../../charts/chart-style.ts'
import type { ChartOption } from '../../charts/echarts-parts.ts'
import { tooltipElement } from '../../charts/tooltip-element.ts'
import { formatCount, formatShare } from '../../figures/format-figures.ts'
import type { Palette } from '../../theme/palette.ts'

export interface Flow {
  readonly from: Stage
  readonly to: Stage
  readonly count: number
  /** Of all moves out of `from`. */
  readonly share: number
}

/** Moves from stage to stage by evidence, those that happened, in the order of stages. */
export function flowsOf({ matrix }: Pick<TransitionsAnswer, 'matrix'>): readonly Flow[] {
  return STAGES.flatMap((from) => {
    const row = matrix[from]
    const sum = STAGES.reduce((total, to) => total + row[to], 0)
    return STAGES.filter((to) => row[to] > 0).map((to) => ({ from, to, count: row[to], share: row[to] / sum }))
  })
}

/** Sankey diagram: the stage left at the left, the stage entered at the right. */
export function flowDiagram(flows: readonly Flow[], palette: Palette): ChartOption {
  const left = STAGES.filter((stage) => flows.some(({ from }) => from === stage))
  const right = STAGES.filter((stage) => flows.some(({ to }) => to === stage))
  const nodes = [
    ...left.map((stage) => node(`from ${stage}`, stage, sumOf(flows, 'from', stage), 'right', palette)),
    ...right.map((stage) => node(`to ${stage}`, stage, sumOf(flows, 'to', stage), 'left', palette)),
  ]
  return {
    tooltip: {
      ...tooltipOf(palette, 'item'),
      formatter: ({ dataType, data }: { dataType: string; data: { flow?: Flow; stage?: Stage; count?: number } }) => {
        if (dataType === 'edge') return tooltipOfFlow(data.flow!, palette)
        return tooltipElement(data.stage!, [
          { colour: palette.stages[data.stage!], name: 'moves', value: formatCount(data.count) },
        ])
      },
    },
    series: [
      {
        type: 'sankey',
        left: 4,
        right: 4,
        top: 8,
        bottom: 8,
        nodeWidth: 14,
        nodeGap: 18,
        layoutIterations: 0,
        draggable: false,
        emphasis: { focus: 'adjacency' },
        lineStyle: { color: 'source', opacity: 0.32, curveness: 0.5 },
        label: { color: palette.text, fontFamily: CHART_FONT, fontSize: 13 },
        data: nodes,
        links: flows.map((flow) => ({ source: `from ${flow.from}`, target: `to ${flow.to}`, value: flow.count, flow })),
      },
    ],
  }
}

function node(name: string, stage: Stage, count: number, position: 'left' | 'right', palette: Palette) {
  return {
    name,
    stage,
    count,
    depth: position === 'right' ? 0 : 1,
    itemStyle: { color: palette.stages[stage], borderWidth: 0 },
    label: { position, formatter: `${stage}  ${formatCount(count)}` },
  }
}

function sumOf(flows: readonly Flow[], end: 'from' | 'to', stage: Stage): number {
  return flows.filter((flow) => flow[end] === stage).reduce((sum, { count }) => sum + count, 0)
}

function tooltipOfFlow({ from, to, count, share }: Flow, palette: Palette): HTMLElement {
  return tooltipElement(`${from} to ${to}`, [
    { colour: palette.stages[to], name: 'moves', value: formatCount(count) },
    { name: `of all out of ${from}`, value: formatShare(share) },
  ])
}
