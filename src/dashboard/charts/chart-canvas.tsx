import { useEffect, useRef } from 'preact/hooks'
import { CHART_FONT } from './chart-style.ts'
import { type Chart, type ChartOption, init } from './echarts-parts.ts'

/** Which mark was chosen. */
export interface ChartChoice {
  readonly seriesName: string
  readonly dataIndex: number
}

interface Props {
  readonly option: ChartOption
  /** Pixels. */
  readonly height: number
  /** What the chart says, for those who do not see it. */
  readonly summary: string
  readonly onChoose?: (choice: ChartChoice) => void
}

const REDUCED_MOTION = matchMedia('(prefers-reduced-motion: reduce)')

interface NamedSeries {
  readonly name?: string
  readonly type: string
}

/** A series is the same one in the next option when its name is. */
function withIds(series: unknown): readonly NamedSeries[] {
  return (series as readonly NamedSeries[]).map((entry) => ({ id: entry.name ?? entry.type, ...entry }))
}

/** An ECharts chart that takes the width there is. A new option moves the marks; the chart is not built anew. */
export function ChartCanvas({ option, height, summary, onChoose }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<Chart | null>(null)
  const choose = useRef(onChoose)
  choose.current = onChoose

  useEffect(() => {
    const made = init(place.current)
    chart.current = made
    made.on('click', ({ seriesName, dataIndex }) => choose.current?.({ seriesName: seriesName ?? '', dataIndex }))
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(place.current!)
    return () => {
      observer.disconnect()
      made.dispose()
    }
  }, [])

  useEffect(() => {
    chart.current!.setOption(
      {
        animationDuration: 250,
        animationDurationUpdate: 250,
        ...option,
        series: withIds(option.series),
        animation: option.animation !== false && !REDUCED_MOTION.matches,
        textStyle: { fontFamily: CHART_FONT },
      },
      { replaceMerge: ['series'], lazyUpdate: false },
    )
  }, [option])

  return <div ref={place} class="chart" role="img" aria-label={summary} style={{ height: `${height}px` }} />
}
