import { describe, expect, test } from 'vitest'
import { contrastOf, mixColours, rgbOf } from '../../../src/dashboard/theme/colour-maths.ts'
import { DARK, LIGHT } from '../../../src/dashboard/theme/palette.ts'

/** Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB. */
const BLINDNESS = {
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const

const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)

/** CIE L*a*b* (D65) of a colour as somebody sees it who sees few hues. */
function seen(hex: string, matrix: readonly number[]): readonly number[] {
  const rgb = rgbOf(hex).map((value) => linear(value / 255))
  const [r, g, b] = [0, 3, 6].map((row) =>
    Math.min(1, Math.max(0, matrix[row] * rgb[0] + matrix[row + 1] * rgb[1] + matrix[row + 2] * rgb[2])),
  )
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

function distanceSeen(one: string, other: string, matrix: readonly number[]): number {
  const b = seen(other, matrix)
  return Math.hypot(...seen(one, matrix).map((value, k) => value - b[k]))
}

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s palette', (_, palette) => {
  test('has text of at least 4.5:1 on every ground it stands on', () => {
    const { text, soft, faint, accent, good, warning, danger, surface, page, raised, accentSoft, onAccent } = palette
    const pairs = [
      ...[text, soft, faint].flatMap((ink) => [surface, page].map((ground) => [ink, ground])),
      ...[text, soft, warning, danger].map((ink) => [ink, raised]),
      ...[accent, good, warning, danger].map((ink) => [ink, surface]),
      [accent, accentSoft],
      [onAccent, accent],
    ]
    expect(pairs.filter(([ink, ground]) => contrastOf(ink, ground) < 4.5)).toEqual([])
  })

  test('has marks of at least 3:1 to the surface', () => {
    const marks = [...Object.values(palette.stages), ...Object.values(palette.activities), ...palette.series]
    expect([...marks, palette.control].filter((mark) => contrastOf(mark, palette.surface) < 3)).toEqual([])
  })

  test('has text of at least 4.5:1 on every heat', () => {
    for (let heat = 0; heat <= 1; heat += 0.01) {
      const ground = mixColours(palette.surface, palette.heat, heat)
      expect(contrastOf(ground, palette.text)).toBeGreaterThanOrEqual(4.5)
    }
  })

  test.each(Object.entries(BLINDNESS))('keeps stages and activities apart for %s eyes', (_name, matrix) => {
    for (const group of [palette.stages, palette.activities]) {
      const names = Object.entries(group)
      const tooClose = names.flatMap(([name, one], i) =>
        names
          .slice(i + 1)
          .map(([other, colour]) => ({ pair: `${name} ${other}`, distance: distanceSeen(one, colour, matrix) }))
          .filter(({ distance }) => distance < 18),
      )
      expect(tooClose).toEqual([])
    }
  })
})
