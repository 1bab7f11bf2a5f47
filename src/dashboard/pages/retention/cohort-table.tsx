import type { CohortsAnswer } from '../../api/answers.ts'
import { Card } from '../../elements/card.tsx'
import { CsvButton } from '../../elements/csv-button.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { HeatCell } from '../../elements/heat-cell.tsx'
import { csvText } from '../../figures/csv-text.ts'
import { formatCount, formatShare } from '../../figures/format-figures.ts'
import { nameInterval } from '../../figures/format-times.ts'

/** Cohort by cohort, the share that was active again after so many intervals. */
export function CohortTable({ answer: { cohorts, interval } }: { readonly answer: CohortsAnswer }) {
  const width = Math.max(0, ...cohorts.map(({ active }) => active.length))
  const periods = Array.from({ length: width }, (_, k) => k)
  const csv = (): string =>
    csvText(
      ['cohort', 'users', ...periods.map((k) => `${interval} ${k}`)],
      cohorts.map(({ start, users, active }) => [start, users, ...periods.map((k) => active[k])]),
    )
  return (
    <Card
      title="Cohorts"
      note={`Users by the ${interval} of their first event; the share with an event so many ${interval}s later`}
      actions={<CsvButton name={`cohorts-by-${interval}`} text={csv} />}
    >
      {cohorts.length === 0 ? (
        <EmptyNote title="No cohorts yet">
          Nobody had their first event within the last {interval}s. A longer interval reaches further back.
        </EmptyNote>
      ) : (
        <div class="table-frame" tabIndex={0} role="region" aria-label="Cohorts">
          <table class="heat-table cohort-table">
            <caption class="hidden-text">
              Share of each cohort that was active, by {interval}s since the first event
            </caption>
            <thead>
              <tr>
                <th scope="col">cohort</th>
                <th scope="col" class="number">
                  users
                </th>
                {periods.map((k) => (
                  <th key={k} scope="col" class="number">
                    <span class="hidden-text">{interval} </span>
                    {k}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              <MeanRow cohorts={cohorts} periods={periods} />
              {cohorts.map(({ start, users, active }) => (
                <tr key={start}>
                  <th scope="row">{nameInterval(start, interval)}</th>
                  <td class="number">{formatCount(users)}</td>
                  {periods.map((k) => {
                    const count = active[k]
                    if (count === undefined) return <td key={k} class="heat" />
                    const share = users === 0 ? 0 : count / users
                    return (
                      <HeatCell key={k} share={share}>
                        <span title={`${formatCount(count)} of ${formatCount(users)} users`}>{shareWord(share)}</span>
                      </HeatCell>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  )
}

interface MeanProps {
  readonly cohorts: CohortsAnswer['cohorts']
  readonly periods: readonly number[]
}

/** All cohorts together, each as far as it has come. */
function MeanRow({ cohorts, periods }: MeanProps) {
  const all = cohorts.reduce((sum, { users }) => sum + users, 0)
  return (
    <tr class="mean-row">
      <th scope="row">All cohorts</th>
      <td class="number">{formatCount(all)}</td>
      {periods.map((k) => {
        const reached = cohorts.filter(({ active }) => active[k] !== undefined)
        const users = reached.reduce((sum, cohort) => sum + cohort.users, 0)
        const active = reached.reduce((sum, cohort) => sum + cohort.active[k], 0)
        return (
          <HeatCell key={k} share={users === 0 ? 0 : active / users}>
            {users === 0 ? '–' : shareWord(active / users)}
          </HeatCell>
        )
      })}
    </tr>
  )
}

/** Short, as there are many. */
function shareWord(share: number): string {
  return share === 0 || share >= 0.1 ? `${Math.round(share * 100)} %` : formatShare(share)
}
