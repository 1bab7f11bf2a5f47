import { expect, test } from 'vitest'
import { axisTicks } from '../../../../src/app/evaluate/html/axis-ticks.ts'
import { escapeHtml } from '../../../../src/app/evaluate/html/escape-html.ts'
import { htmlTable } from '../../../../src/app/evaluate/html/html-table.ts'
import { intervalBars, linePlot, reliabilityPlot } from '../../../../src/app/evaluate/html/plots.ts'

test.each([
  [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0.643, 0.701, 5, [0.66, 0.68, 0.7]],
  [-3, 12, 4, [0, 5, 10]],
  [2, 2, 4, [2]],
])('ticks from %d to %d are round numbers', (low, high, count, wanted) => {
  expect(axisTicks(low, high, count)).toEqual(wanted)
})

test('names are escaped wherever they stand', () => {
  expect(escapeHtml('<a href="x">&')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;')
  expect(htmlTable('<c>', ['<h>'], [['<td>']])).not.toMatch(/<[ch]>|><td><\/td>/)
  expect(intervalBars([{ name: '<n>', note: '<m>', value: 1, low: 0, high: 2 }])).not.toMatch(/<[nm]>/)
})

test('numbers that do not exist leave no mark in a plot', () => {
  const text = { title: 't', x: { label: 'x' }, y: { label: 'y' } }
  const points = [
    [0, Number.NaN],
    [1, 0.5],
    [2, 0.7],
  ] as const
  const line = linePlot(text, [{ name: 'a', colour: 0, points }])
  expect(line).not.toContain('NaN')
  expect(line.match(/class="line"[^>]* d="(M[^"]*)"/)![1].match(/[ML]/g)).toEqual(['M', 'L'])
  for (const empty of [linePlot(text, []), reliabilityPlot('t', [{ name: 'a', colour: 0, points: [] }])]) {
    expect(empty).not.toMatch(/NaN|Infinity/)
  }
})

test('an interval around 0 has another colour than one that is clear of it', () => {
  const bars = intervalBars([
    { name: 'up', note: '', value: 1, low: 0.5, high: 1.5 },
    { name: 'even', note: '', value: 1, low: -0.5, high: 2 },
    { name: 'down', note: '', value: -1, low: -2, high: -0.1 },
    { name: 'unknown', note: '', value: Number.NaN, low: Number.NaN, high: Number.NaN },
  ])
  expect([...bars.matchAll(/class="bar (\w+)"/g)].map(([, sign]) => sign)).toEqual(['up', 'even', 'down'])
  expect(bars).toContain('n/a')
})
