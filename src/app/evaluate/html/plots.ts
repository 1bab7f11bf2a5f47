import { escapeHtml } from './escape-html.ts'
import { type Axis, boundsOf, PlotFrame } from './plot-frame.ts'

type Point = readonly [x: number, y: number]

export interface Series {
  readonly name: string
  /** Number of its colour, from 0. */
  readonly colour: number
  readonly points: readonly Point[]
}

interface PlotText {
  readonly title: string
  readonly x: Omit<Axis, 'low' | 'high'>
  readonly y: Omit<Axis, 'low' | 'high'>
}

export function linePlot({ title, x, y }: PlotText, series: readonly Series[]): string {
  const known = series.map((of) => ({ ...of, points: finite(of.points) }))
  const all = known.flatMap(({ points }) => points)
  const frame = new PlotFrame(
    axis(
      x,
      all.map((point) => point[0]),
      0.01,
    ),
    axis(
      y,
      all.map((point) => point[1]),
    ),
  )
  const marks = known
    .filter(({ points }) => points.length > 0)
    .map(({ points, colour, name }) => {
      const path = frame.path(points)
      return `<path class="line" style="stroke:var(--c${colour})" d="${path}"><title>${escapeHtml(name)}</title></path>`
    })
  return frame.svg(title, marks.join(''))
}

/** Predicted against observed rates with the diagonal; both axes from 0 to the largest value. */
export function reliabilityPlot(title: string, series: readonly Series[]): string {
  const most = Math.max(0.001, ...series.flatMap(({ points }) => finite(points).flat())) * 1.05
  const format = most < 0.2 ? (value: number) => `${Number((100 * value).toFixed(2))} %` : String
  const frame = new PlotFrame(
    { label: 'predicted', low: 0, high: most, format },
    { label: 'observed', low: 0, high: most, format },
  )
  const diagonal = `<path class="reference" d="${frame.path([
    [0, 0],
    [most, most],
  ])}"/>`
  const marks = series.map(({ points, colour, name }) => {
    const dots = finite(points).map(([x, y]) =>
      dot(frame, x, y, colour, 2.5, `${name}: ${x.toFixed(4)} predicted, ${y.toFixed(4)} observed`),
    )
    return `<path class="line thin" style="stroke:var(--c${colour})" d="${frame.path(finite(points))}"/>${dots.join('')}`
  })
  return frame.svg(title, diagonal + marks.join(''))
}

/** Points in the plane, coloured by class. */
export function scatterPlot(
  title: string,
  points: readonly (readonly [x: number, y: number, colour: number])[],
): string {
  const frame = new PlotFrame(
    axis(
      { label: 'first component', format: short },
      points.map(([x]) => x),
    ),
    axis(
      { label: 'second component', format: short },
      points.map(([, y]) => y),
    ),
    300,
  )
  return frame.svg(title, points.map(([x, y, colour]) => dot(frame, x, y, colour, 2.2)).join(''))
}

/** One row each: a bar from 0 to a value with its interval, in the unit of the values. HTML, so that names can wrap. */
export function intervalBars(
  rows: readonly { name: string; note: string; value: number; low: number; high: number }[],
): string {
  const [low, high] = boundsOf([0, ...rows.flatMap(({ value, low, high }) => [value, low, high])], 0.03)
  const at = (value: number) => `${((100 * (value - low)) / (high - low)).toFixed(2)}%`
  const width = (from: number, to: number) => `${((100 * Math.abs(to - from)) / (high - low)).toFixed(2)}%`
  const signed = (value: number) => `${value >= 0 ? '+' : ''}${value.toFixed(2)}`
  const bars = rows.map(({ name, note, value, low: least, high: most }) => {
    const known = Number.isFinite(value)
    const sign = least > 0 ? 'up' : most < 0 ? 'down' : 'even'
    const picture = known
      ? `<span class="zero" style="left:${at(0)}"></span><span class="bar ${sign}" style="left:${at(Math.min(0, value))};width:${width(0, value)}"></span>` +
        (Number.isFinite(least + most)
          ? `<span class="whisker" style="left:${at(least)};width:${width(least, most)}"></span>`
          : '')
      : ''
    const text = known
      ? `${signed(value)} <small>${Number.isFinite(least + most) ? `${signed(least)} to ${signed(most)}` : ''}</small>`
      : 'n/a'
    return `<li><span class="name">${escapeHtml(name)}${note ? `<small>${escapeHtml(note)}</small>` : ''}</span><span class="track">${picture}</span><span class="value">${text}</span></li>`
  })
  return `<ul class="bars">${bars.join('')}</ul>`
}

export function legend(items: readonly { readonly name: string; readonly colour: number }[]): string {
  const entries = items.map(
    ({ name, colour }) => `<li><i style="background:var(--c${colour})"></i>${escapeHtml(name)}</li>`,
  )
  return `<ul class="legend">${entries.join('')}</ul>`
}

function axis(of: Omit<Axis, 'low' | 'high'>, values: readonly number[], room?: number): Axis {
  const [low, high] = boundsOf(values, room)
  return { ...of, low, high }
}

function dot(frame: PlotFrame, x: number, y: number, colour: number, radius: number, title = ''): string {
  const inside = title ? `><title>${escapeHtml(title)}</title></circle>` : '/>'
  return `<circle cx="${frame.px(x)}" cy="${frame.py(y)}" r="${radius}" style="fill:var(--c${colour})"${inside}`
}

function finite(points: readonly Point[]): Point[] {
  return points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
