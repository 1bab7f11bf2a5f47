import { axisTicks } from './axis-ticks.ts'
import { escapeHtml } from './escape-html.ts'

/** Units of a plot are CSS pixels at its natural width; a narrow screen shows it at nearly that. */
export const PLOT_WIDTH = 340
const MARGIN = { top: 10, right: 12, bottom: 38, left: 50 }

export interface Axis {
  readonly label: string
  readonly low: number
  readonly high: number
  /** How a tick reads; the number itself. */
  readonly format?: (value: number) => string
}

/** A rectangle with two axes, and where a point lies in it. */
export class PlotFrame {
  private readonly x: Axis
  private readonly y: Axis
  private readonly height: number

  constructor(x: Axis, y: Axis, height = 230) {
    this.x = x
    this.y = y
    this.height = height
  }

  px(value: number): number {
    const { left, right } = MARGIN
    return round(left + scaled(value, this.x) * (PLOT_WIDTH - left - right))
  }

  py(value: number): number {
    const { top, bottom } = MARGIN
    return round(this.height - bottom - scaled(value, this.y) * (this.height - top - bottom))
  }

  path(points: readonly (readonly [x: number, y: number])[]): string {
    return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${this.px(x)} ${this.py(y)}`).join('')
  }

  /** The whole picture; `title` is what a screen reader says. */
  svg(title: string, marks: string): string {
    const { left, right, top, bottom } = MARGIN
    const floor = this.height - bottom
    const xTicks = axisTicks(this.x.low, this.x.high, 4)
      .map((tick) => {
        const at = this.px(tick)
        const text = escapeHtml((this.x.format ?? String)(tick))
        return `<path class="tick" d="M${at} ${floor}v4"/><text x="${at}" y="${floor + 16}" text-anchor="middle">${text}</text>`
      })
      .join('')
    const yTicks = axisTicks(this.y.low, this.y.high, 5)
      .map((tick) => {
        const at = this.py(tick)
        const text = escapeHtml((this.y.format ?? String)(tick))
        return `<path class="grid" d="M${left} ${at}H${PLOT_WIDTH - right}"/><text x="${left - 6}" y="${at + 4}" text-anchor="end">${text}</text>`
      })
      .join('')
    const middle = (left + PLOT_WIDTH - right) / 2
    return (
      `<svg class="plot" viewBox="0 0 ${PLOT_WIDTH} ${this.height}" role="img" aria-label="${escapeHtml(title)}">` +
      `${yTicks}${xTicks}<path class="axis" d="M${left} ${top}V${floor}H${PLOT_WIDTH - right}"/>${marks}` +
      `<text class="label" x="${middle}" y="${this.height - 4}" text-anchor="middle">${escapeHtml(this.x.label)}</text>` +
      `<text class="label" x="12" y="${(top + floor) / 2}" text-anchor="middle" transform="rotate(-90 12 ${(top + floor) / 2})">${escapeHtml(this.y.label)}</text></svg>`
    )
  }
}

/** Bounds of values with a little room; NaN counts for nothing. */
export function boundsOf(values: readonly number[], room = 0.06): [low: number, high: number] {
  const known = values.filter(Number.isFinite)
  if (known.length === 0) return [0, 1]
  const low = Math.min(...known)
  const high = Math.max(...known)
  const more = Math.max((high - low) * room, Math.abs(high) * 1e-6, 1e-9)
  return [low - more, high + more]
}

function scaled(value: number, { low, high }: Axis): number {
  return (value - low) / (high - low)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
