import type { TrainingExample } from '../../core/contracts/training-example.ts'
import { Ranker } from '../../core/ranker/ranker.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'

export const PROTOCOLS = ['split', 'prequential', 'sync'] as const
export type Protocol = (typeof PROTOCOLS)[number]

export const JUDGED_DAYS = ['test', 'valid'] as const
/** `valid` is for choosing: the test days are then neither trained on nor looked at. */
export type JudgedDays = (typeof JUDGED_DAYS)[number]

/** How often the serving copy is refreshed: after so many examples, or with the first one of a new hour or day. */
export type SyncInterval = number | 'hour' | 'day' | 'never'

/** Scores of the judged rows under one way of serving, [task], each over the rows. */
export type Scores = readonly Float64Array[]

/** Rows that a protocol judges. `views` hold the ways of serving: `live`, `frozen`, or a sync interval with either. */
export interface ScoredRows {
  readonly rows: readonly TrainingExample[]
  readonly views: Readonly<Record<string, Scores>>
  /** All scores that were given before training, for curves over time: prequential alone. */
  readonly pass: { readonly rows: readonly TrainingExample[]; readonly scores: Scores } | null
}

/** Days of the split: train up to the end of the first, validate up to the end of the second, test after it. Unix ms. */
export interface SplitBounds {
  readonly trainEndMs: number
  readonly validEndMs: number
}

export interface ProtocolPlan {
  readonly protocol: Protocol
  readonly bounds: SplitBounds
  readonly judge: JudgedDays
  /** Of protocol `sync`. */
  readonly syncs: readonly SyncInterval[]
  /** Milliseconds by which the data set's days begin before those of UTC. */
  readonly utcOffsetMs: number
}

export type OnBatch = (examples: number) => void

/** Rows of the training days, and those that are judged. */
export function splitRows(
  examples: readonly TrainingExample[],
  { trainEndMs, validEndMs }: SplitBounds,
  judge: JudgedDays = 'test',
): { train: TrainingExample[]; judged: TrainingExample[] } {
  const isJudged = (time: number) => (judge === 'test' ? time >= validEndMs : time >= trainEndMs && time < validEndMs)
  return {
    train: examples.filter(({ impressionTime }) => impressionTime < trainEndMs),
    judged: examples.filter(({ impressionTime }) => isJudged(impressionTime)),
  }
}

/** How many examples the protocol tells `onBatch` of. */
export function passOf(examples: readonly TrainingExample[], plan: ProtocolPlan): number {
  const { train, judged } = splitRows(examples, plan.bounds, plan.judge)
  const until = rowsUntilJudged(examples, plan).length
  if (plan.protocol === 'split') return train.length + 2 * judged.length
  if (plan.protocol === 'prequential') return until
  const served = until - train.length
  return until + 2 * plan.syncs.length * served
}

/** Trains and scores by one protocol. The same examples, settings and backend give the same scores. */
export function runProtocol(
  examples: readonly TrainingExample[],
  plan: ProtocolPlan,
  settings: RankerSettings,
  onBatch: OnBatch,
): ScoredRows {
  const ranker = new Ranker(settings)
  try {
    if (plan.protocol === 'split') return runSplit(examples, plan, ranker, onBatch)
    if (plan.protocol === 'prequential') return runPrequential(examples, plan, ranker, onBatch)
    return runSync(examples, plan, ranker, onBatch)
  } finally {
    ranker.dispose()
  }
}

/** One pass over the training days, then the judged days with the model frozen: state live, and frozen beside it. */
function runSplit(
  examples: readonly TrainingExample[],
  { bounds, judge }: ProtocolPlan,
  ranker: Ranker,
  onBatch: OnBatch,
): ScoredRows {
  const { batchSize, tasks } = ranker.settings
  const { train, judged } = splitRows(examples, bounds, judge)
  for (const batch of batches(train, batchSize)) {
    ranker.testThenTrain(batch)
    onBatch(batch.length)
  }
  const score = (rows: readonly TrainingExample[]) =>
    byTask(
      batches(rows, batchSize).map((batch) => {
        onBatch(batch.length)
        return ranker.predict(batch)
      }),
      tasks.length,
    )
  return { rows: judged, views: { live: score(judged), frozen: score(withFrozenState(judged)) }, pass: null }
}

/** One pass in stream order, predict then train. The second half is judged, or of it the validation days. */
function runPrequential(
  examples: readonly TrainingExample[],
  plan: ProtocolPlan,
  ranker: Ranker,
  onBatch: OnBatch,
): ScoredRows {
  const rows = rowsUntilJudged(examples, plan)
  const { batchSize, tasks } = ranker.settings
  const scores = byTask(
    batches(rows, batchSize).map((batch) => {
      onBatch(batch.length)
      return ranker.testThenTrain(batch).scores
    }),
    tasks.length,
  )
  const from = plan.judge === 'test' ? Math.floor(rows.length / 2) : firstAt(rows, plan.bounds.trainEndMs)
  const live = scores.map((column) => column.subarray(from))
  return { rows: rows.slice(from), views: { live }, pass: { rows, scores } }
}

/**
 * The model trains on through the days after the training days; what serves is a copy of it that is refreshed now and
 * then (Monolith, section 3.2). All intervals are served beside each other, each with live and with frozen state.
 */
function runSync(
  examples: readonly TrainingExample[],
  plan: ProtocolPlan,
  ranker: Ranker,
  onBatch: OnBatch,
): ScoredRows {
  const rows = rowsUntilJudged(examples, plan)
  const { batchSize, tasks } = ranker.settings
  const from = firstAt(rows, plan.bounds.trainEndMs)
  for (const batch of batches(rows.slice(0, from), batchSize)) {
    ranker.testThenTrain(batch)
    onBatch(batch.length)
  }
  const served = rows.slice(from)
  const frozen = withFrozenState(served)
  const copies = plan.syncs.map((interval) => new ServingCopy(interval, ranker, plan.utcOffsetMs))
  try {
    const blocks: Record<string, Float32Array[]> = {}
    for (let at = 0; at < served.length; at += batchSize) {
      const batch = served.slice(at, at + batchSize)
      for (const copy of copies) {
        copy.refreshBefore(batch[0].impressionTime, ranker)
        ;(blocks[`${copy.interval}/live`] ??= []).push(copy.predict(batch))
        ;(blocks[`${copy.interval}/frozen`] ??= []).push(copy.predict(frozen.slice(at, at + batchSize)))
        onBatch(2 * batch.length)
      }
      ranker.testThenTrain(batch)
      onBatch(batch.length)
    }
    const views = Object.entries(blocks).map(([view, parts]) => [view, byTask(parts, tasks.length)])
    return { rows: served, views: Object.fromEntries(views) as Record<string, Scores>, pass: null }
  } finally {
    for (const copy of copies) copy.dispose()
  }
}

/** A copy of the model as it was at the latest refresh. */
class ServingCopy {
  readonly interval: SyncInterval
  private readonly copy: Ranker
  private readonly utcOffsetMs: number
  private exampleCount: number
  private period = Number.NaN

  constructor(interval: SyncInterval, model: Ranker, utcOffsetMs: number) {
    this.interval = interval
    this.utcOffsetMs = utcOffsetMs
    this.copy = new Ranker(model.settings)
    this.copy.restore(model.snapshot())
    this.exampleCount = model.exampleCount
  }

  refreshBefore(timeMs: number, model: Ranker): void {
    if (!this.isDue(timeMs, model.exampleCount)) return
    this.exampleCount = model.exampleCount
    this.copy.restore(model.snapshot())
  }

  predict(batch: readonly TrainingExample[]): Float32Array {
    return this.copy.predict(batch)
  }

  dispose(): void {
    this.copy.dispose()
  }

  private isDue(timeMs: number, exampleCount: number): boolean {
    if (this.interval === 'never') return false
    if (typeof this.interval === 'number') return exampleCount - this.exampleCount >= this.interval
    const lengthMs = this.interval === 'hour' ? 3_600_000 : 86_400_000
    const period = Math.floor((timeMs + this.utcOffsetMs) / lengthMs)
    const due = !Number.isNaN(this.period) && period !== this.period
    this.period = period
    return due
  }
}

/** What a run may see: everything, or nothing behind the validation days when those are judged. */
function rowsUntilJudged(
  examples: readonly TrainingExample[],
  { bounds, judge }: ProtocolPlan,
): readonly TrainingExample[] {
  return judge === 'test' ? examples : examples.filter(({ impressionTime }) => impressionTime < bounds.validEndMs)
}

function firstAt(rows: readonly TrainingExample[], timeMs: number): number {
  const first = rows.findIndex(({ impressionTime }) => impressionTime >= timeMs)
  return first < 0 ? rows.length : first
}

/** Every row with the state of its user's first row, as if no label of the block had come in. */
export function withFrozenState(rows: readonly TrainingExample[]): TrainingExample[] {
  const first = new Map<string, TrainingExample>()
  return rows.map((row) => {
    const state = first.get(row.userId)
    if (!state) {
      first.set(row.userId, row)
      return row
    }
    const { stage, stageProbabilities, stateTokens, stateNumbers, bundleVersion } = state
    return { ...row, stage, stageProbabilities, stateTokens, stateNumbers, bundleVersion }
  })
}

function batches<T>(rows: readonly T[], size: number): T[][] {
  const out: T[][] = []
  for (let from = 0; from < rows.length; from += size) out.push(rows.slice(from, from + size))
  return out
}

/** (B, T) blocks, row-major, to one column per task. */
function byTask(blocks: readonly Float32Array[], taskCount: number): Float64Array[] {
  const rows = blocks.reduce((sum, block) => sum + block.length / taskCount, 0)
  const columns = Array.from({ length: taskCount }, () => new Float64Array(rows))
  let row = 0
  for (const block of blocks) {
    for (let i = 0; i < block.length; i += taskCount, row++) {
      for (let k = 0; k < taskCount; k++) columns[k][row] = block[i + k]
    }
  }
  return columns
}
