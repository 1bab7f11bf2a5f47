import { useMemo } from 'preact/hooks'
import type { Posterior } from '../../api/answers.ts'
import { ChartCard } from '../../elements/chart-card.tsx'
import { betaCurve } from '../../figures/beta-density.ts'
import { formatCount, formatDecimal, formatShare, formatShareRange } from '../../figures/format-figures.ts'
import { palette } from '../../theme/theme.ts'
import { posteriorCurve } from './posterior-curve.ts'

interface Props {
  readonly task: string
  readonly posterior: Posterior
  readonly earlier: Posterior | null
  readonly axisEnd: number
}

/** What is known of a user's rate of one task. */
export function PosteriorCard({ task, posterior, earlier, axisEnd }: Props) {
  const colours = palette.value
  const option = useMemo(
    () => posteriorCurve(posterior, earlier, axisEnd, colours),
    [posterior, earlier, axisEnd, colours],
  )
  const { mean, lower, upper, successes, trials, alpha, beta, gamma, effectiveSampleSize } = posterior
  return (
    <ChartCard
      title={task}
      note={`${formatCount(successes)} of ${formatCount(trials)} within 30 days`}
      option={option}
      height={150}
      file={`posterior-${task}`}
      summary={`Density of the rate of ${task}: mean ${formatShare(mean)}, 5 to 95 % from ${formatShare(lower)} to ${formatShare(upper)}.`}
      table={{
        caption: `Density of the rate of ${task}`,
        rows: betaCurve(alpha, beta, axisEnd, 40),
        columns: [
          { label: 'rate', isNumber: true, value: ({ rate }) => rate, cell: ({ rate }) => formatShare(rate) },
          {
            label: 'density',
            isNumber: true,
            value: ({ density }) => density,
            cell: ({ density }) => formatDecimal(density, 3),
          },
        ],
      }}
    >
      <dl class="posterior-figures">
        <Figure name="mean" value={formatShare(mean)} />
        <Figure name="5–95 %" value={formatShareRange(lower, upper)} />
        <Figure name="Beta" value={`${formatDecimal(alpha, 1)}, ${formatDecimal(beta, 1)}`} />
        <Figure name="sample size" value={formatDecimal(effectiveSampleSize, 1)} />
        <Figure name="gamma" value={formatDecimal(gamma, 4)} />
      </dl>
    </ChartCard>
  )
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
