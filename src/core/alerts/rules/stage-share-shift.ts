import { STAGES } from '../../contracts/stage.ts'
import { multinomialDispersion } from '../../statistics/multinomial-dispersion.ts'
import { twoSampleLogEValue } from '../../statistics/two-sample-log-e-value.ts'
import { monitorRule, NO_VERDICTS, type RuleContext, type Verdict } from '../monitor-rule.ts'

const DAY_MS = 86_400_000
/** Transitions of a day are looked at when the clock is so far behind its end. */
const GRACE_MS = 6 * 3_600_000

type Counts = number[]

interface ShiftState {
  /** Entries into each stage (K) by day, of days that are not over. */
  open: Record<string, Counts>
  /** Days seen so far, those left out included. */
  days: number
  /** Days before the reference, as many as it has at most: what days differ by anyway is learnt from them. */
  before: Counts[]
  reference: Counts[]
  /** Days compared with the reference, as many as it has at most. */
  current: Counts[]
  logE: number
  /** Whether this run has rejected already. */
  rejected: boolean
}

/** The mix of stages that users enter, by a sequential two-sample test against the days before. */
export const STAGE_SHARE_SHIFT = monitorRule<ShiftState>({
  definition: {
    kind: 'stage-share-shift',
    family: 'population',
    severity: 'warning',
    coolDownHours: 168,
    fireAfter: 1,
    clearAfter: 1,
    thresholds: {
      alpha: {
        default: 0.01,
        min: 1e-9,
        max: 0.2,
        describe: 'False alarms per run of windowDays at most, in independent days',
      },
      windowDays: { default: 14, min: 2, max: 90, describe: 'Days of the reference, and of a run' },
      skipDays: { default: 14, min: 0, max: 365, describe: 'First days of the data that are left out' },
      minShift: { default: 0.1, min: 0, max: 1, describe: 'Total variation distance below which a shift is let pass' },
    },
    watches:
      'Compares the stages that users enter, day by day, with the windowDays before, by a product of e-values: it exceeds ' +
      '1/alpha with probability alpha at most, however often one looks. Divided by the days’ own over-dispersion. Fires ' +
      'when it does and the mixes differ by minShift; resolved when a later run of windowDays finds no shift.',
    action:
      'Compare the transitions of both windows, and what was released between them; a new bundle may be the cause.',
  },
  sees: ['transition', 'clock'],
  start: () => ({ open: {}, days: 0, before: [], reference: [], current: [], logE: 0, rejected: false }),
  observe: (state, observation, context) => {
    if (observation.kind === 'transition') {
      const { reason, eventTime, to } = observation.transition
      if (reason === 'evidence') {
        const counts = (state.open[Math.floor(eventTime / DAY_MS)] ??= STAGES.map(() => 0))
        counts[STAGES.indexOf(to)]++
      }
      return NO_VERDICTS
    }
    if (observation.kind !== 'clock') return NO_VERDICTS
    const over = Object.keys(state.open)
      .map(Number)
      .filter((day) => (day + 1) * DAY_MS + GRACE_MS <= observation.timeMs)
      .sort((a, b) => a - b)
    return over.flatMap((day) => {
      const counts = state.open[day]
      delete state.open[day]
      const verdict = closeDay(state, counts, (day + 1) * DAY_MS, context)
      return verdict ? [verdict] : []
    })
  },
})

function closeDay(state: ShiftState, counts: Counts, atMs: number, { thresholds }: RuleContext): Verdict | null {
  const { alpha, windowDays, skipDays, minShift } = thresholds
  state.days++
  if (state.days <= skipDays) {
    state.before = [...state.before, counts].slice(-windowDays)
    return null
  }
  if (state.reference.length < windowDays) {
    state.reference.push(counts)
    return null
  }
  const earlier = state.reference.slice(0, state.current.length)
  const opposite = state.reference[state.current.length]
  // Estimates and dispersion are of days that this block has no part in: that is what makes the product a fair bet.
  const dispersion = Math.max(...[state.before, earlier, state.current].map(multinomialDispersion))
  state.logE += twoSampleLogEValue(opposite, counts, shares(earlier), shares(state.current)) / dispersion
  state.current.push(counts)
  const reference = shares(state.reference.slice(0, state.current.length))
  const present = shares(state.current)
  const distance = reference.reduce((sum, share, k) => sum + Math.abs(share - present[k]), 0) / 2
  if (state.logE >= -Math.log(alpha) && distance >= minShift) state.rejected = true
  const isOver = state.current.length >= windowDays
  const level = state.rejected ? 'breach' : isOver ? 'clear' : 'between'
  const evidence = {
    eValue: Math.exp(Math.min(state.logE, 700)).toPrecision(3),
    bound: (1 / alpha).toPrecision(3),
    distance: distance.toFixed(3),
    days: String(state.current.length),
    before: mixText(reference),
    now: mixText(present),
    dispersion: dispersion.toFixed(1),
  }
  const message = `Stages entered differ by ${evidence.distance} from the days before (e-value ${evidence.eValue})`
  if (isOver) {
    state.before = state.reference
    state.reference = state.current
    state.current = []
    state.logE = 0
    state.rejected = false
  }
  return { subject: 'population', level, atMs, message, evidence }
}

/** Shares with half an entry more of each stage, so that none is 0. */
function shares(blocks: readonly Counts[]): number[] {
  const totals = STAGES.map((_, k) => blocks.reduce((sum, block) => sum + block[k], 0.5))
  const all = totals.reduce((sum, total) => sum + total, 0)
  return totals.map((total) => total / all)
}

function mixText(mix: readonly number[]): string {
  return STAGES.map((stage, k) => `${stage} ${(100 * mix[k]).toFixed(1)} %`).join(', ')
}
