import type { Interval } from '../../core/statistics/mean-difference.ts'
import { textTable } from '../report/text-table.ts'
import { type AbResult, type Measure, MEASURES } from './compare-arms.ts'

const LABELS: Readonly<Record<Measure, string>> = {
  ctr: 'CTR, %',
  stayMinutes: 'stay, minutes a user',
  orders: 'orders a user',
  activeDays: 'active days a user',
  retention: 'active in the last third of the days, %',
}
const SCALES: Readonly<Record<Measure, number>> = { ctr: 100, stayMinutes: 1, orders: 1, activeDays: 1, retention: 100 }

/** The result as tables: means of the arms, then each arm less the first. */
export function renderAb({ arms, differences, worlds }: AbResult): string {
  const lines = textTable([
    ['', ...arms.map(({ name }) => name)],
    ...MEASURES.map((measure) => [
      LABELS[measure],
      ...arms.map(({ means }) => (SCALES[measure] * means[measure]).toFixed(3)),
    ]),
  ])
  for (const { arm, measures } of differences) {
    lines.push('', `${arm} less ${arms[0].name}, with intervals of 95 %`)
    lines.push(
      ...textTable([
        ['', 'lift', 'difference', 'over users', `over ${worlds.length} worlds`, 'halves, as a live test'],
        ...MEASURES.map((measure) => {
          const { overUsers, overWorlds, halves, lift } = measures[measure]
          const scale = SCALES[measure]
          return [
            LABELS[measure],
            Number.isFinite(lift) ? `${signed(100 * lift, 2)} %` : 'n/a',
            signed(scale * overUsers.value, 3),
            bounds(overUsers, scale),
            bounds(overWorlds, scale),
            halves ? `${signed(scale * halves.value, 3)} (${bounds(halves, scale)})` : 'n/a',
          ]
        }),
      ]),
    )
  }
  lines.push('', 'Over users: every user with themselves, the world played once for each way round the groups.')
  return lines.join('\n')
}

function bounds({ low, high }: Interval, scale: number): string {
  return Number.isNaN(low) || Number.isNaN(high) ? 'n/a' : `${signed(scale * low, 3)} .. ${signed(scale * high, 3)}`
}

function signed(value: number, digits: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(digits)}`
}
