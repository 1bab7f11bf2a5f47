import type { Posterior, Transition } from '../../api/answers.ts'
import { formatShare } from '../../figures/format-figures.ts'
import { rateAxisEnd } from '../../figures/beta-density.ts'

/** Per task the 5 to 95 % interval and the mean, before and after. */
export function IntervalBars({ transition: { before, after } }: { readonly transition: Transition }) {
  return (
    <ul class="interval-bars">
      {Object.entries(after).map(([task, now]) => {
        const earlier = before[task]
        const end = rateAxisEnd([now.upper, earlier?.upper ?? 0])
        return (
          <li key={task}>
            <span class="interval-task">{task}</span>
            <span class="interval-pair">
              {earlier && <Bar posterior={earlier} end={end} isNow={false} />}
              <Bar posterior={now} end={end} isNow />
            </span>
            <span class="interval-words">
              {earlier ? `${formatShare(earlier.mean)} → ` : ''}
              {formatShare(now.mean)}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

interface BarProps {
  readonly posterior: Posterior
  /** Rate at the right end. */
  readonly end: number
  readonly isNow: boolean
}

function Bar({ posterior: { lower, upper, mean }, end, isNow }: BarProps) {
  const at = (rate: number): string => `${Math.min(1, rate / end) * 100}%`
  return (
    <span class={isNow ? 'interval interval-now' : 'interval'} aria-hidden="true">
      <span class="interval-range" style={{ left: at(lower), width: at(upper - lower) }} />
      <span class="interval-mean" style={{ left: at(mean) }} />
    </span>
  )
}
