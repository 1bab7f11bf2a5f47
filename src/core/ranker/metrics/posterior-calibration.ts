import type { BetaPrior } from '../../statistics/beta-prior.ts'
import { betaBinomial, centralShare } from './beta-binomial.ts'
import { Evidence, type PosteriorMode } from './posterior-modes.ts'

/** One trial of a task, in the order of the stream. */
export interface RateSample {
  /** Index of the user, 0 .. U - 1. */
  readonly user: number
  readonly timeMs: number
  readonly label: 0 | 1
  /** p_k of the left branch at the impression. */
  readonly predicted: number
  /** Whether it is judged; the others only count as evidence. */
  readonly judged: boolean
}

export const LEVELS = [0.5, 0.9] as const
/** Number of the user's earlier trials, lower bounds of the bands. */
export const BANDS = [0, 1, 3, 6, 11, 21] as const
export const BAND_NAMES = ['0', '1-2', '3-5', '6-10', '11-20', '21+'] as const
/** Labels of one predictive interval. */
export const BLOCK = 5

export interface BandCalibration {
  readonly band: string
  readonly labels: number
  /** Mean negative log likelihood of the next label, nats. */
  readonly logLoss: number
  readonly blocks: number
  /** Share of blocks inside the central interval of each of LEVELS. */
  readonly coverage: readonly number[]
}

export interface PosteriorCalibration {
  readonly mode: string
  readonly overall: BandCalibration
  readonly bands: readonly BandCalibration[]
}

/** Nobody personalises: the rate of the population for all. */
export function populationLogLoss(samples: readonly RateSample[], rate: number): number {
  const sums = new Sums()
  for (const { label, judged } of samples) if (judged) sums.addLabel(label, rate)
  return sums.result('').logLoss
}

/**
 * How well a posterior foretells. Its rate is never observed, so it is judged by what is: the log loss of the next
 * label under the posterior mean, and the coverage of the predictive intervals for the number of positives among the
 * user's next 5 judged labels (fewer where there are fewer, at least 2), beta-binomial from the posterior before them.
 * Trials of one user and millisecond do not see each other's labels. There is no 30-day window.
 */
export function posteriorCalibration(
  samples: readonly RateSample[],
  mode: PosteriorMode,
  prior: Pick<BetaPrior, 'priorAlpha' | 'priorBeta'>,
): PosteriorCalibration {
  const users = new Map<number, { evidence: Evidence; waiting: RateSample[]; block: Block | null }>()
  const overall = new Sums()
  const bands = BANDS.map(() => new Sums())
  const close = (block: Block | null) => {
    if (!block || block.labels < 2) return
    for (const sums of [overall, bands[block.band]]) sums.addBlock(block)
  }
  for (const sample of samples) {
    let user = users.get(sample.user)
    if (!user) users.set(sample.user, (user = { evidence: new Evidence(mode), waiting: [], block: null }))
    const { evidence } = user
    if (user.waiting.length > 0 && user.waiting[0].timeMs !== sample.timeMs) {
      for (const { timeMs, label, predicted } of user.waiting) {
        evidence.add(timeMs, mode.evidence === 'observed' ? label : predicted)
      }
      user.waiting = []
    }
    if (sample.judged) {
      const [alpha, beta] = evidence.at(sample.timeMs, prior)
      const band = bandOf(evidence.count)
      for (const sums of [overall, bands[band]]) sums.addLabel(sample.label, alpha / (alpha + beta))
      user.block ??= { alpha, beta, band, labels: 0, positives: 0 }
      user.block.labels++
      user.block.positives += sample.label
      if (user.block.labels === BLOCK) {
        close(user.block)
        user.block = null
      }
    }
    user.waiting.push(sample)
  }
  for (const { block } of users.values()) close(block)
  return {
    mode: mode.name,
    overall: overall.result('all'),
    bands: bands.map((sums, band) => sums.result(BAND_NAMES[band])),
  }
}

/** The user's next labels, and the posterior before the first of them. */
interface Block {
  readonly alpha: number
  readonly beta: number
  readonly band: number
  labels: number
  positives: number
}

class Sums {
  private labels = 0
  private loss = 0
  private blocks = 0
  private readonly covered = LEVELS.map(() => 0)

  addLabel(label: number, rate: number): void {
    this.labels++
    this.loss -= label > 0.5 ? Math.log(rate) : Math.log1p(-rate)
  }

  addBlock({ alpha, beta, labels, positives }: Block): void {
    this.blocks++
    const probabilities = betaBinomial(labels, alpha, beta)
    LEVELS.forEach((level, l) => (this.covered[l] += centralShare(probabilities, positives, level)))
  }

  result(band: string): BandCalibration {
    const { labels, loss, blocks, covered } = this
    return {
      band,
      labels,
      logLoss: labels > 0 ? loss / labels : Number.NaN,
      blocks,
      coverage: covered.map((sum) => (blocks > 0 ? sum / blocks : Number.NaN)),
    }
  }
}

function bandOf(count: number): number {
  let band = BANDS.length - 1
  while (count < BANDS[band]) band--
  return band
}
