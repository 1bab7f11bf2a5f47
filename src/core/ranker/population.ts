import type { UserId } from '../contracts/ids.ts'
import type { TaskPopulation } from '../contracts/model-bundle.ts'
import type { TrainingExample } from '../contracts/training-example.ts'
import { estimateBetaPrior } from '../statistics/beta-prior.ts'
import { hashString } from '../statistics/hash-string.ts'
import { buildQuantileTable } from '../statistics/quantile-table.ts'
import { addToReservoir, createReservoir, type Reservoir, reservoirValues } from '../statistics/reservoir.ts'
import { ByteReader } from '../user-state/byte-reader.ts'
import { ByteWriter } from '../user-state/byte-writer.ts'

/** Points of a published quantile table. */
const QUANTILE_POINTS = 129
const RESERVOIR_VALUES = 16_384
/** The reservoir then remembers about 65,000 values back. */
const RESERVOIR_ADMISSION = 0.25
const MEAN_HALF_LIFE_EXAMPLES = 50_000
const MEAN_DECAY = 2 ** (-1 / MEAN_HALF_LIFE_EXAMPLES)
const SAMPLED_USERS = 16_384
const FORGET_USER_AFTER_MS = 30 * 86_400_000
const FEWEST_USERS_FOR_MEDIAN = 20
/** Users restored in one step. */
const STEP_USERS = 1024

export interface PopulationSettings {
  readonly tasks: readonly string[]
  /** Tasks that get a quantile table. */
  readonly quantileTasks: readonly string[]
  /** Effective sample size from which a user enters the median. */
  readonly minEvidence: number
  readonly seed: number
}

/** A decayed mean, as its two sums. */
interface DecayedMean {
  sum: number
  weight: number
}

/** Latest known posterior of a sampled user; arrays (T). */
interface SampledUser {
  lastImpression: number
  readonly means: number[]
  readonly sampleSizes: number[]
  readonly trials: number[]
  readonly successes: number[]
}

/**
 * Statistics of the whole population, which only the ranker sees (method.md section 8): priors, stage medians,
 * quantiles of raw values, means. All bounded; users are sampled by the hash of their id, so who is in the sample does
 * not depend on the order of the stream.
 */
export class Population {
  private readonly settings: PopulationSettings
  private readonly labels: DecayedMean[]
  private readonly gammas: DecayedMean[]
  private readonly reservoirs: (Reservoir | null)[]
  private readonly users = new Map<UserId, SampledUser>()
  private sampleBelow = 2 ** 32
  private newest = 0

  constructor(settings: PopulationSettings) {
    this.settings = settings
    this.labels = settings.tasks.map(() => ({ sum: 0, weight: 0 }))
    this.gammas = settings.tasks.map(() => ({ sum: 0, weight: 0 }))
    this.reservoirs = settings.tasks.map((task, k) =>
      settings.quantileTasks.includes(task)
        ? createReservoir(RESERVOIR_VALUES, RESERVOIR_ADMISSION, settings.seed + k)
        : null,
    )
  }

  /** Takes an example in. A correction repeats the state of an example that was counted already. */
  add(example: TrainingExample): void {
    if (example.kind === 'correction') return
    this.newest = Math.max(this.newest, example.impressionTime)
    example.tasks.forEach(({ trial, label, rawValue, gamma }, k) => {
      addToMean(this.gammas[k], gamma)
      if (!trial) return
      const reservoir = this.reservoirs[k]
      if (reservoir) addToReservoir(reservoir, rawValue)
      if (!Number.isNaN(label)) addToMean(this.labels[k], label >= 0.5 ? 1 : 0)
    })
    if (hashString(example.userId, this.settings.seed) < this.sampleBelow) this.sample(example)
  }

  /** Mean label of each task (T), 0.5 before any. */
  labelMeans(): number[] {
    return this.labels.map(meanOf)
  }

  /** Mean draw of each task's posterior (T), 0.5 before any. */
  gammaMeans(): number[] {
    return this.gammas.map(meanOf)
  }

  erase(userId: UserId): void {
    this.users.delete(userId)
  }

  eraseAll(): void {
    this.users.clear()
  }

  /** What a bundle says of each task. The median is NaN while too few users have evidence. */
  taskPopulations(): TaskPopulation[] {
    for (const [userId, user] of this.users) {
      if (this.newest - user.lastImpression > FORGET_USER_AFTER_MS) this.users.delete(userId)
    }
    const users = [...this.users.values()]
    return this.settings.tasks.map((task, k) => {
      const tried = users.filter(({ trials }) => trials[k] > 0)
      const prior = estimateBetaPrior(
        tried.map(({ successes }) => successes[k]),
        tried.map(({ trials }) => trials[k]),
      )
      const reservoir = this.reservoirs[k]
      return {
        task,
        priorAlpha: prior.priorAlpha,
        priorBeta: prior.priorBeta,
        median: medianOf(
          users.filter(({ sampleSizes }) => sampleSizes[k] >= this.settings.minEvidence).map(({ means }) => means[k]),
        ),
        gammaMean: meanOf(this.gammas[k]),
        labelMean: meanOf(this.labels[k]),
        quantiles:
          reservoir && reservoir.seen > 0
            ? buildQuantileTable(reservoirValues(reservoir), QUANTILE_POINTS)
            : new Float64Array(0),
      }
    })
  }

  private sample(example: TrainingExample): void {
    this.users.set(example.userId, {
      lastImpression: example.impressionTime,
      means: example.tasks.map(({ alpha, beta }) => alpha / (alpha + beta)),
      sampleSizes: example.tasks.map(({ effectiveSampleSize }) => effectiveSampleSize),
      trials: example.tasks.map(({ trials }) => trials),
      successes: example.tasks.map(({ successes }) => successes),
    })
    while (this.users.size > SAMPLED_USERS) {
      this.sampleBelow /= 2
      for (const userId of this.users.keys()) {
        if (hashString(userId, this.settings.seed) >= this.sampleBelow) this.users.delete(userId)
      }
    }
  }

  /** Everything of it as bytes, for a checkpoint. */
  snapshot(): Uint8Array {
    const writer = new ByteWriter()
    for (const { sum, weight } of [...this.labels, ...this.gammas]) {
      writer.float64(sum)
      writer.float64(weight)
    }
    for (const reservoir of this.reservoirs) {
      if (!reservoir) continue
      writer.varint(reservoir.seen)
      for (const value of reservoirValues(reservoir)) writer.float64(value)
    }
    writer.float64(this.sampleBelow)
    writer.varint(this.newest)
    writer.varint(this.users.size)
    for (const [userId, user] of this.users) {
      writer.text(userId)
      writer.varint(user.lastImpression)
      for (let k = 0; k < this.settings.tasks.length; k++) {
        writer.float64(user.means[k])
        writer.float64(user.sampleSizes[k])
        writer.varint(user.trials[k])
        writer.varint(user.successes[k])
      }
    }
    return writer.take()
  }

  /** Replaces the state by a snapshot made with the same settings. */
  restore(bytes: Uint8Array): void {
    for (const _ of this.restoreInSteps(bytes));
  }

  /** `restore` in steps of a millisecond or so; of use again after the last. */
  *restoreInSteps(bytes: Uint8Array): Generator<void, void, undefined> {
    const reader = new ByteReader(bytes)
    for (const mean of [...this.labels, ...this.gammas]) {
      mean.sum = reader.float64()
      mean.weight = reader.float64()
    }
    for (const reservoir of this.reservoirs) {
      if (!reservoir) continue
      reservoir.seen = reader.varint()
      const filled = Math.min(reservoir.seen, reservoir.values.length)
      for (let i = 0; i < filled; i++) reservoir.values[i] = reader.float64()
    }
    this.sampleBelow = reader.float64()
    this.newest = reader.varint()
    this.users.clear()
    for (let left = reader.varint(); left > 0; left--) {
      const userId = reader.text() as UserId
      const user: SampledUser = {
        lastImpression: reader.varint(),
        means: [],
        sampleSizes: [],
        trials: [],
        successes: [],
      }
      for (let k = 0; k < this.settings.tasks.length; k++) {
        user.means.push(reader.float64())
        user.sampleSizes.push(reader.float64())
        user.trials.push(reader.varint())
        user.successes.push(reader.varint())
      }
      this.users.set(userId, user)
      if (left % STEP_USERS === 0) yield
    }
  }
}

function addToMean(mean: DecayedMean, value: number): void {
  mean.sum = mean.sum * MEAN_DECAY + value
  mean.weight = mean.weight * MEAN_DECAY + 1
}

function meanOf({ sum, weight }: DecayedMean): number {
  return weight > 0 ? sum / weight : 0.5
}

function medianOf(values: number[]): number {
  if (values.length < FEWEST_USERS_FOR_MEDIAN) return Number.NaN
  values.sort((a, b) => a - b)
  const middle = values.length / 2
  return values.length % 2 === 1 ? values[Math.floor(middle)] : (values[middle - 1] + values[middle]) / 2
}
