import type { UserId } from '../contracts/ids.ts'
import { type Stage, stageIndex } from '../contracts/stage.ts'
import type { TrainingExample } from '../contracts/training-example.ts'
import { betaVariate } from '../statistics/beta-variate.ts'
import { hashString53 } from '../statistics/hash-string.ts'
import { KeyedRandom } from '../statistics/keyed-random.ts'
import { type DecayedEvidence, type EvidenceChanges, EvidenceTable, type EvidenceSnapshot } from './evidence-table.ts'
import { CHANNELS, type Channel, type PolicySettings } from './policy-settings.ts'
import { shareOut } from './share-out.ts'

/** Keys of an example's context by which feedback finds its way back: what brought the item here, and which fusion. */
export const CHANNEL_KEY = 'channel'
export const FUSION_KEY = 'fusion'

/** The Beta posterior behind a decision, one task of one channel or fusion. */
export interface OptionPosterior {
  readonly option: string
  readonly task: string
  readonly alpha: number
  readonly beta: number
  /** Rate of the task over all options of the stage: the prior's mean. */
  readonly stageRate: number
  /** Weight of the user's own evidence in it, in trials. */
  readonly ownEvidence: number
}

export interface PolicyDecision {
  readonly stage: Stage
  /** Candidates to take from each channel; they sum to the number asked for. */
  readonly quotas: Readonly<Record<Channel, number>>
  /** Name of the fusion that was drawn; goes into the context of what is shown. */
  readonly fusion: string
  /** Weights of the tasks for the rank, those of the fusion drawn, (T). */
  readonly rankWeights: readonly number[]
  /** Weights for the pre-rank, the mean of the fusions by their chance to be the best: a first cut must lose nothing, (T). */
  readonly preRankWeights: readonly number[]
  readonly posteriors: readonly OptionPosterior[]
}

export interface PolicySnapshot {
  readonly version: 1
  readonly evidence: EvidenceSnapshot
}

const PURPOSE = 0x706f6c // "pol"
/** Draws behind the mean of the fusions. */
const FUSION_DRAWS = 32

/**
 * Which candidates a user is to be offered, and by which weights they are ranked, by stage and user: Thompson sampling over
 * channels and over fusions. Each (stage, option, task) has decayed evidence of successes per trial among what was shown;
 * its prior is the rate over all options of the stage, worth a number of successes: a rare task decides nothing before it
 * has as many of its own. A user's own evidence is added where there is any. Every slot goes to the channel that wins one draw of all;
 * `floor` of the slots go to `exploration` whatever the draws say.
 *
 * Draws are keyed by (seed, user, time): asked again, the policy answers the same as long as no feedback came.
 */
export class StagePolicy {
  readonly settings: PolicySettings
  #evidence: EvidenceTable
  readonly #random = new KeyedRandom()

  constructor(settings: PolicySettings) {
    this.settings = settings
    this.#evidence = new EvidenceTable(settings.halfLifeDays, settings.maxUsers)
  }

  /** Throws RangeError for a count that is no whole number from 0 on. */
  decide(userId: UserId, stage: Stage, count: number, timeMs: number): PolicyDecision {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new RangeError(`Cannot share out ${count} candidates: the count must be a whole number from 0 on`)
    }
    const { seed, fusions, floor } = this.settings
    this.#random.reset(seed, hashString53(userId, seed), PURPOSE, timeMs)
    const channels = this.#posteriorsOf(userId, stage, CHANNEL_KEY, CHANNELS, timeMs)
    const wins = CHANNELS.map(() => 0)
    for (let slot = 0; slot < count; slot++) wins[this.#winner(channels, stage)]++
    const quotas = shareOut(wins, count, Math.ceil(floor * count), CHANNELS.indexOf('exploration'))
    const names = Object.keys(fusions)
    const options = this.#posteriorsOf(userId, stage, FUSION_KEY, names, timeMs)
    const fusion = names[this.#winner(options, stage)]
    return {
      stage,
      quotas: Object.fromEntries(CHANNELS.map((channel, c) => [channel, quotas[c]])) as Record<Channel, number>,
      fusion,
      rankWeights: fusions[fusion],
      preRankWeights: this.#meanFusion(options, names, stage),
      posteriors: [...channels, ...options].flat(),
    }
  }

  /**
   * Learns from an example whose context names a channel or a fusion. A correction moves the successes that its example
   * had counted as failures; that either comes once is the business of who reads the topic.
   */
  learn(example: TrainingExample): void {
    const stage = stageIndex(example.stage)
    for (const [key, options] of [
      [CHANNEL_KEY, CHANNELS],
      [FUSION_KEY, Object.keys(this.settings.fusions)],
    ] as const) {
      const option = example.context[key]
      if (option === undefined || !(options as readonly string[]).includes(option)) continue
      for (const { task, trial, label } of example.tasks) {
        if (!trial || Number.isNaN(label)) continue
        const success = label >= 0.5 ? 1 : 0
        const failure = example.kind === 'correction' ? -success : 1 - success
        const name = `${key}/${option}/${task}`
        this.#evidence.add(`${stage}/${name}`, success, failure, example.impressionTime)
        this.#evidence.addOwn(example.userId, name, success, failure, example.impressionTime)
      }
    }
  }

  eraseUser(userId: UserId): void {
    this.#evidence.eraseUser(userId)
  }

  /** Evidence that has changed since it was last asked for, to be kept. */
  takeChanges(): EvidenceChanges {
    return this.#evidence.takeChanges()
  }

  /** Fit for JSON. */
  snapshot(): PolicySnapshot {
    return { version: 1, evidence: this.#evidence.snapshot() }
  }

  /** Throws RangeError for another version. */
  restore(snapshot: PolicySnapshot): void {
    if (snapshot.version !== 1) throw new RangeError(`Cannot restore the policy: version ${String(snapshot.version)}`)
    const { halfLifeDays, maxUsers } = this.settings
    this.#evidence = EvidenceTable.restore(snapshot.evidence, halfLifeDays, maxUsers)
  }

  /** Posteriors of each option, [option][task]. */
  #posteriorsOf(
    userId: UserId,
    stage: Stage,
    key: string,
    options: readonly string[],
    timeMs: number,
  ): OptionPosterior[][] {
    const { tasks, priorSuccesses, ownSuccesses } = this.settings
    const perTask = tasks.map((task) => {
      const shared = options.map((option) => this.#evidence.at(`${stageIndex(stage)}/${key}/${option}/${task}`, timeMs))
      const stageRate = rateOfAll(shared)
      return options.map((option, o): OptionPosterior => {
        const { success, failure } = shared[o]
        const alpha = priorSuccesses + success
        const beta = (priorSuccesses * (1 - stageRate)) / stageRate + failure
        const own = this.#evidence.ownAt(userId, `${key}/${option}/${task}`, timeMs)
        const ownEvidence = own.success + own.failure
        if (ownEvidence === 0) return { option, task, alpha, beta, stageRate, ownEvidence }
        // Of the stage's evidence only so much is a prior for one user.
        const scale = Math.min(1, ownSuccesses / alpha)
        const [a, b] = [scale * alpha + own.success, scale * beta + own.failure]
        return { option, task, alpha: a, beta: b, stageRate, ownEvidence }
      })
    })
    return options.map((_, o) => perTask.map((posteriors) => posteriors[o]))
  }

  /** The option whose draw is best: the sum over tasks of value_k rate_k / (rate of the stage). */
  #winner(options: readonly (readonly OptionPosterior[])[], stage: Stage): number {
    const values = this.settings.values[stageIndex(stage)]
    let best = 0
    let bestValue = -Infinity
    options.forEach((posteriors, o) => {
      let value = 0
      posteriors.forEach(({ alpha, beta, stageRate }, k) => {
        if (values[k] > 0) value += (values[k] * betaVariate(alpha, beta, this.#random)) / stageRate
      })
      if (value > bestValue) [best, bestValue] = [o, value]
    })
    return best
  }

  #meanFusion(options: readonly (readonly OptionPosterior[])[], names: readonly string[], stage: Stage): number[] {
    const mean = this.settings.tasks.map(() => 0)
    for (let draw = 0; draw < FUSION_DRAWS; draw++) {
      const weights = this.settings.fusions[names[this.#winner(options, stage)]]
      weights.forEach((weight, k) => (mean[k] += weight / FUSION_DRAWS))
    }
    return mean
  }
}

/** Rate over all options, strictly between 0 and 1; a half without evidence. */
function rateOfAll(evidence: readonly DecayedEvidence[]): number {
  const success = evidence.reduce((sum, one) => sum + one.success, 0.5)
  const failure = evidence.reduce((sum, one) => sum + one.failure, 0.5)
  return success / (success + failure)
}
