import type { BetaPrior } from '../../statistics/beta-prior.ts'

const DAY_MS = 86_400_000

/** A posterior of one user's rate of one task, method.md section 4. */
export interface PosteriorMode {
  readonly name: string
  /** What a sample counts: the label, or the left branch's prediction of it. */
  readonly evidence: 'observed' | 'predicted'
  /** The i-th sample weighs i, 1, or 1 halved every so many days. */
  readonly weight: 'ordinal' | 'unit' | 'decayed'
  readonly halfLifeDays: number
  /** Empirical Bayes, or Beta(1, 1). */
  readonly prior: 'population' | 'flat'
}

function mode(name: string, of: Omit<PosteriorMode, 'name' | 'halfLifeDays'>, halfLifeDays = Infinity): PosteriorMode {
  return { name, ...of, halfLifeDays }
}

/** Every posterior that the tracker can be set to, the flat counts, and two half-lives of the calibrated one. */
export const POSTERIOR_MODES_STUDIED: readonly PosteriorMode[] = [
  mode('Algorithm 1: predicted, ordinal', { evidence: 'predicted', weight: 'ordinal', prior: 'flat' }),
  mode('Algorithm 1: observed, ordinal', { evidence: 'observed', weight: 'ordinal', prior: 'flat' }),
  mode('Algorithm 1: predicted, unit', { evidence: 'predicted', weight: 'unit', prior: 'flat' }),
  mode('Beta(1,1) counts: observed, unit', { evidence: 'observed', weight: 'unit', prior: 'flat' }),
  mode('Algorithm 1: predicted, decayed 14 d', { evidence: 'predicted', weight: 'decayed', prior: 'flat' }, 14),
  mode('Algorithm 1: observed, decayed 14 d', { evidence: 'observed', weight: 'decayed', prior: 'flat' }, 14),
  mode('empirical Bayes, no decay', { evidence: 'observed', weight: 'unit', prior: 'population' }),
  mode('calibrated, 14 d', { evidence: 'observed', weight: 'decayed', prior: 'population' }, 14),
  mode('calibrated, 7 d', { evidence: 'observed', weight: 'decayed', prior: 'population' }, 7),
]

/** Evidence of one user: sums as of the latest sample. */
export class Evidence {
  count = 0
  private successes = 0
  private failures = 0
  private latestMs = 0
  private readonly mode: PosteriorMode

  constructor(mode: PosteriorMode) {
    this.mode = mode
  }

  /** (alpha, beta) at a time, before anything that happens then. */
  at(timeMs: number, prior: Pick<BetaPrior, 'priorAlpha' | 'priorBeta'>): [alpha: number, beta: number] {
    const decay = this.decayTo(timeMs)
    const [alpha, beta] = this.mode.prior === 'flat' ? [1, 1] : [prior.priorAlpha, prior.priorBeta]
    return [alpha + decay * this.successes, beta + decay * this.failures]
  }

  /** Takes a sample in; `success` in [0,1]. */
  add(timeMs: number, success: number): void {
    const decay = this.decayTo(timeMs)
    this.count++
    const weight = this.mode.weight === 'ordinal' ? this.count : 1
    this.successes = decay * this.successes + weight * success
    this.failures = decay * this.failures + weight * (1 - success)
    this.latestMs = Math.max(this.latestMs, timeMs)
  }

  private decayTo(timeMs: number): number {
    if (this.mode.weight !== 'decayed' || this.count === 0) return 1
    return 2 ** (-Math.max(0, timeMs - this.latestMs) / (this.mode.halfLifeDays * DAY_MS))
  }
}
