import { STAGES, type Stage } from '../../../core/contracts/stage.ts'
import type { TransitionsAnswer } from '../../api/answers.ts'
import { Card } from '../../elements/card.tsx'
import { CsvButton } from '../../elements/csv-button.tsx'
import { HeatCell } from '../../elements/heat-cell.tsx'
import { csvText } from '../../figures/csv-text.ts'
import { formatCount, formatShare } from '../../figures/format-figures.ts'

/** Every move: rows are the stage left, columns the stage entered. */
export function TransitionMatrix({ answer: { matrix, dormant, returned } }: { readonly answer: TransitionsAnswer }) {
  const sums = Object.fromEntries(
    STAGES.map((from) => [from, STAGES.reduce((sum, to) => sum + matrix[from][to], 0)]),
  ) as Record<Stage, number>
  const csv = (): string =>
    csvText(
      ['from', ...STAGES, 'moves', 'went dormant', 'returned'],
      STAGES.map((from) => [from, ...STAGES.map((to) => matrix[from][to]), sums[from], dormant[from], returned[from]]),
    )
  return (
    <Card
      title="Matrix"
      note="Counts, and their share of all moves out of the row's stage"
      actions={<CsvButton name="transition-matrix" text={csv} />}
    >
      <div class="table-frame" tabIndex={0} role="region" aria-label="Transition matrix">
        <table class="heat-table">
          <caption class="hidden-text">Moves from the row's stage to the column's stage</caption>
          <thead>
            <tr>
              <th scope="col">from \ to</th>
              {STAGES.map((to) => (
                <th key={to} scope="col" class="number">
                  {to}
                </th>
              ))}
              <th scope="col" class="number">
                moves
              </th>
              <th scope="col" class="number">
                went dormant
              </th>
              <th scope="col" class="number">
                returned
              </th>
            </tr>
          </thead>
          <tbody>
            {STAGES.map((from) => (
              <tr key={from}>
                <th scope="row">
                  <span class="stage-name">
                    <span class="dot" style={{ background: `var(--stage-${from})` }} />
                    {from}
                  </span>
                </th>
                {STAGES.map((to) => {
                  const count = matrix[from][to]
                  if (from === to && count === 0) {
                    return (
                      <td key={to} class="number faint">
                        –
                      </td>
                    )
                  }
                  const share = sums[from] === 0 ? 0 : count / sums[from]
                  return (
                    <HeatCell key={to} share={share}>
                      {formatCount(count)}
                      <small>{formatShare(share)}</small>
                    </HeatCell>
                  )
                })}
                <td class="number">{formatCount(sums[from])}</td>
                <td class="number">{formatCount(dormant[from])}</td>
                <td class="number">{formatCount(returned[from])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}
