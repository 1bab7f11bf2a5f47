import type { Posterior, Transition } from '../../api/answers.ts'
import { formatDuration, formatShare } from '../../figures/format-figures.ts'

/** A change is named when it is at least this many standard deviations of the earlier posterior. */
const NOTABLE = 0.5

/** Why a stage or a flag changed, as one or two sentences. */
export function explainTransition(transition: Transition): string {
  const { from, to, reason, probability, heldForSeconds } = transition
  const held = formatDuration(heldForSeconds)
  if (reason === 'dormant') return `Silent for longer than this user's own gaps allow, after ${held} in ${from}.`
  if (reason === 'returned') return 'Had an event again after having gone dormant.'
  const changes = evidenceOf(transition)
  const why = changes.length === 0 ? 'no rate changed much by itself' : changes.map(({ words }) => words).join('; ')
  return `Left ${from} after ${held}: ${why}. ${to[0].toUpperCase()}${to.slice(1)} is now ${formatShare(probability)} probable.`
}

export interface TaskChange {
  readonly task: string
  readonly before: Posterior
  readonly after: Posterior
  /** Difference of the means in standard deviations of the earlier posterior. */
  readonly size: number
  readonly words: string
}

/** The tasks whose rate changed notably, largest change first. */
export function evidenceOf({ before, after }: Pick<Transition, 'before' | 'after'>): readonly TaskChange[] {
  return Object.keys(after)
    .filter((task) => before[task] !== undefined)
    .map((task) => changeOf(task, before[task], after[task]))
    .filter(({ size }) => Math.abs(size) >= NOTABLE)
    .sort((a, b) => Math.abs(b.size) - Math.abs(a.size))
}

function changeOf(task: string, before: Posterior, after: Posterior): TaskChange {
  const size = (after.mean - before.mean) / deviationOf(before)
  const verb = size > 0 ? 'rose' : 'fell'
  const words = `${task} ${verb} from ${formatShare(before.mean)} to ${formatShare(after.mean)}`
  return { task, before, after, size, words }
}

/** Standard deviation of a Beta distribution. */
export function deviationOf({ alpha, beta }: Pick<Posterior, 'alpha' | 'beta'>): number {
  const sum = alpha + beta
  return Math.sqrt((alpha * beta) / (sum * sum * (sum + 1)))
}
