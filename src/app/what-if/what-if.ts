import type { UserAlertKind } from '../../core/contracts/lifecycle-alert.ts'
import { type Stage, STAGES } from '../../core/contracts/stage.ts'
import type { TaskPosteriorRecord, UserStateRecord } from '../../core/contracts/user-state-record.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import { hashString } from '../../core/statistics/hash-string.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { HistoryReader } from '../replay/history-reader.ts'
import { PartitionReplay } from '../replay/partition-replay.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { shadowOf } from '../trainer/shadow-header.ts'
import { RankerTrial, type TrialMetrics, TrialScores } from './ranker-trial.ts'
import { applyChange, type SettingsChange } from './settings-change.ts'
import { byStage, type FlowCounts, Side } from './side.ts'

export interface WhatIfOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  readonly scratch: () => Promise<StateStore>
  readonly change: SettingsChange
  /** The ranker of the other world; null compares none. */
  readonly ranker: { readonly present: string; readonly settings: RankerSettings } | null
  /** Stream times, unix ms: the change begins at `fromMs`, and what lies in between is counted. */
  readonly fromMs: number
  readonly toMs: number
  /** Differing users that are described. */
  readonly sample: number
  /** Records replayed of those that there are, both worlds together. */
  readonly onProgress?: (done: number, total: number) => void
}

/** One world of the two. */
export interface SideReport {
  readonly moves: number
  readonly flow: FlowCounts
  readonly dormant: number
  readonly returned: number
  readonly alerts: Readonly<Record<UserAlertKind, number>>
  /** Users by stage at the end. */
  readonly users: Readonly<Record<Stage, number>>
}

/** A user whose stage at the end differs, with what each world believes of them. */
export interface DifferingUser {
  readonly userId: string
  readonly before: UserAtEnd
  readonly after: UserAtEnd
  /** Posteriors at the end, as the other world has them. */
  readonly tasks: readonly TaskPosteriorRecord[]
}

export interface UserAtEnd {
  readonly stage: Stage
  readonly since: number
  readonly stageProbabilities: readonly number[]
  readonly lastMove: { readonly eventTime: number; readonly from: Stage; readonly to: Stage } | null
}

export interface WhatIf {
  readonly changed: SettingsChange['changed']
  /** When the change begins, null for the first event; and the last stream time. */
  readonly changedFrom: number | null
  readonly from: number | null
  readonly to: number
  readonly records: number
  readonly users: number
  readonly differingUsers: number
  /** Users by their stage at the end in this world (first) and the other. */
  readonly stages: FlowCounts
  readonly before: SideReport
  readonly after: SideReport
  readonly sample: readonly DifferingUser[]
  /** Prequential; `before` are the published predictions. Null where no ranker is compared. */
  readonly ranker: {
    readonly beforeMode: string
    readonly afterMode: string
    readonly before: readonly TrialMetrics[]
    readonly after: readonly TrialMetrics[]
  } | null
}

/**
 * Replays the log twice, as it was and with a change, each into scratch stores, and compares. Bundles are those of the
 * present in both: a ranker in the other world is trained beside it and does not lead it. Memory: a chunk of the input,
 * the decoded users and the caches of three stores at a time, and 16 bytes a judged prediction and task.
 */
export async function whatIf(options: WhatIfOptions): Promise<WhatIf> {
  const opened: StateStore[] = []
  const scratch = async (): Promise<StateStore> => {
    const store = await options.scratch()
    opened.push(store)
    return store
  }
  const trial = options.ranker && new RankerTrial(options.ranker.settings, counts(options))
  try {
    const before = new Side(await scratch(), options.codecs, counts(options))
    const after = new Side(await scratch(), options.codecs, counts(options))
    const run = { records: 0, streamTime: 0 }
    let [done, total] = [0, 0]
    const partitions = options.log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 0
    const histories = Array.from({ length: partitions }, (_, partition) => new HistoryReader(options.log, partition))
    for (const history of histories) {
      await history.follow()
      total += 2 * history.meta.nextOffset
    }
    const onSlice = (records: number) => options.onProgress?.((done += records), total)
    for (const history of histories) {
      const first = await withScratch(options, (store) =>
        replaySide({ ...options, store, onSlice }, history, before, null, null),
      )
      await withScratch(options, (store) =>
        replaySide({ ...options, store, onSlice }, history, after, options.change, trial),
      )
      run.records += first.records
      run.streamTime = Math.max(run.streamTime, first.streamTime)
    }
    trial?.flush()
    return await report(options, before, after, trial, run)
  } finally {
    trial?.dispose()
    for (const store of opened) await store.close()
  }
}

/** Lends a store that is gone afterwards. */
async function withScratch<Result>(
  { scratch }: WhatIfOptions,
  work: (store: StateStore) => Promise<Result>,
): Promise<Result> {
  const store = await scratch()
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Runs one partition in one world. */
async function replaySide(
  {
    log,
    codecs,
    store,
    fromMs,
    toMs,
    onSlice,
  }: WhatIfOptions & { readonly store: StateStore; readonly onSlice: (records: number) => void },
  history: HistoryReader,
  side: Side,
  change: SettingsChange | null,
  trial: RankerTrial | null,
): Promise<{ records: number; streamTime: number }> {
  const { partition } = history
  let changes = change !== null && change.fromStart
  const replay = new PartitionReplay({
    log,
    codecs,
    partition,
    store,
    stretches: history.stretches(),
    skips: history.skips(),
    settingsAt: (recorded) => (changes ? applyChange(recorded, change!) : recorded),
  })
  const end = history.meta.nextOffset
  const begin = replay.position
  for (const untilMs of [Math.min(fromMs, toMs + 1) - 1, toMs]) {
    for (;;) {
      const from = replay.position
      const slice = await replay.step(end, untilMs)
      if (!slice) break
      onSlice(replay.position - from)
      await side.take(slice, partition)
      for (const { output } of slice.outputs) {
        if (output.kind === 'example') trial?.add(output.example)
        else if (output.kind === 'erased') trial?.erase(output.userId)
      }
    }
    // From here on the time that is looked at has begun.
    changes = change !== null
  }
  return { records: replay.position - begin, streamTime: replay.clock.streamTime }
}

async function report(
  options: WhatIfOptions,
  before: Side,
  after: Side,
  trial: RankerTrial | null,
  run: { records: number; streamTime: number },
): Promise<WhatIf> {
  const { change, fromMs, toMs, ranker } = options
  const users = await compareUsers(before, after, options.sample)
  const inEach = (side: 'before' | 'after'): Record<Stage, number> => {
    const totals = byStage(() => 0)
    for (const from of STAGES) for (const to of STAGES) totals[side === 'before' ? from : to] += users.stages[from][to]
    return totals
  }
  const sideReport = (side: Side, name: 'before' | 'after'): SideReport => {
    const { moves, flow, dormant, returned, alerts } = side
    return { moves, flow, dormant, returned, alerts, users: inEach(name) }
  }
  return {
    changed: change.changed,
    changedFrom: change.fromStart || fromMs === -Infinity ? null : fromMs,
    from: fromMs === -Infinity ? null : fromMs,
    to: Math.min(toMs, run.streamTime),
    records: run.records,
    users: users.total,
    differingUsers: users.differing,
    stages: users.stages,
    before: sideReport(before, 'before'),
    after: sideReport(after, 'after'),
    sample: users.sample,
    ranker: ranker &&
      trial && {
        beforeMode: ranker.present,
        afterMode: ranker.settings.mode,
        before: await publishedMetrics(options, ranker.settings.tasks),
        after: trial.scores.metrics(),
      },
  }
}

/** Both worlds have the same users, since erasures and first events are the same. */
async function compareUsers(before: Side, after: Side, sampleSize: number) {
  const stages = byStage(() => byStage(() => 0))
  let total = 0
  let differing = 0
  let chosen: { readonly rank: number; readonly first: UserStateRecord; readonly second: UserStateRecord }[] = []
  const others = after.states()
  for await (const first of before.states()) {
    const { value: second } = await others.next()
    if (!second || second.userId !== first.userId)
      throw new Error(`the two worlds differ in their users at ${first.userId}`)
    total++
    stages[first.stage][second.stage]++
    if (first.stage === second.stage) continue
    differing++
    chosen.push({ rank: hashString(first.userId, 0), first, second })
    chosen.sort((a, b) => a.rank - b.rank)
    chosen = chosen.slice(0, sampleSize)
  }
  const atEnd = async (
    side: Side,
    { userId, stage, since, stageProbabilities }: UserStateRecord,
  ): Promise<UserAtEnd> => ({
    stage,
    since,
    stageProbabilities,
    lastMove: await side.lastMoveOf(userId),
  })
  const sample: DifferingUser[] = []
  for (const { first, second } of chosen) {
    sample.push({
      userId: first.userId,
      before: await atEnd(before, first),
      after: await atEnd(after, second),
      tasks: second.tasks,
    })
  }
  return { stages, total, differing, sample }
}

async function publishedMetrics(options: WhatIfOptions, tasks: readonly string[]): Promise<TrialMetrics[]> {
  const scores = new TrialScores(tasks)
  const isJudged = counts(options)
  for await (const { value, headers } of readTopic(options.log, TOPICS.predictions)) {
    // Those of a shadow ranker are not the present's.
    if (!value || shadowOf(headers) !== undefined) continue
    const prediction = options.codecs.prediction.decodeOwn(value)
    if (!isJudged(prediction.impressionTime)) continue
    prediction.tasks.forEach(({ trial, score, label }, k) => scores.add(k, trial, score, label))
  }
  return scores.metrics()
}

function counts({ fromMs, toMs }: Pick<WhatIfOptions, 'fromMs' | 'toMs'>): (timeMs: number) => boolean {
  return (timeMs) => timeMs >= fromMs && timeMs <= toMs
}
