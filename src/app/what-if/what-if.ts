import type { UserAlertKind } from '../../core/contracts/lifecycle-alert.ts'
import { byStage, type Stage, STAGES } from '../../core/contracts/stage.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import { HistoryReader } from '../replay/history-reader.ts'
import { TOPICS } from '../topics.ts'
import { compareUsers, type DifferingUser } from './compare-users.ts'
import { publishedMetrics } from './published-metrics.ts'
import { RankerTrial, type TrialMetrics } from './ranker-trial.ts'
import { replaySide } from './replay-side.ts'
import type { SettingsChange } from './settings-change.ts'
import { type FlowCounts, Side } from './side.ts'

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
  const { log, codecs, change, ranker, fromMs, toMs } = options
  const counts = (timeMs: number): boolean => timeMs >= fromMs && timeMs <= toMs
  const opened: StateStore[] = []
  const notes = async (): Promise<StateStore> => {
    const store = await options.scratch()
    opened.push(store)
    return store
  }
  const trial = ranker && new RankerTrial(ranker.settings, counts)
  try {
    const before = new Side(await notes(), codecs, counts)
    const after = new Side(await notes(), codecs, counts)
    const run = await replayBoth(options, before, after, trial)
    trial?.flush()
    const users = await compareUsers(before, after, options.sample)
    return {
      changed: change.changed,
      changedFrom: change.fromStart || fromMs === -Infinity ? null : fromMs,
      from: fromMs === -Infinity ? null : fromMs,
      to: Math.min(toMs, run.streamTime),
      records: run.records,
      users: users.total,
      differingUsers: users.differing,
      stages: users.stages,
      before: reportOf(before, (stage) => sumOfStages((other) => users.stages[stage][other])),
      after: reportOf(after, (stage) => sumOfStages((other) => users.stages[other][stage])),
      sample: users.sample,
      ranker: ranker &&
        trial && {
          beforeMode: ranker.present,
          afterMode: ranker.settings.mode,
          before: await publishedMetrics(log, codecs, ranker.settings.tasks, counts),
          after: trial.scores.metrics(),
        },
    }
  } finally {
    trial?.dispose()
    for (const store of opened) await store.close()
  }
}

/** Each partition in this world, then in the other. Returns the records of one of them, and the last stream time. */
async function replayBoth(
  options: WhatIfOptions,
  before: Side,
  after: Side,
  trial: RankerTrial | null,
): Promise<{ records: number; streamTime: number }> {
  const { log, change, onProgress } = options
  const partitions = log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 0
  const histories = Array.from({ length: partitions }, (_, partition) => new HistoryReader(log, partition))
  let [done, total] = [0, 0]
  for (const history of histories) {
    await history.follow()
    total += 2 * history.meta.nextOffset
  }
  const onSlice = (records: number) => onProgress?.((done += records), total)
  const run = { records: 0, streamTime: 0 }
  for (const history of histories) {
    const inWorld = (side: Side, its: SettingsChange | null, trained: RankerTrial | null) =>
      withScratch(options, (store) => replaySide({ ...options, store, history, change: its, onSlice }, side, trained))
    const { records, streamTime } = await inWorld(before, null, null)
    await inWorld(after, change, trial)
    run.records += records
    run.streamTime = Math.max(run.streamTime, streamTime)
  }
  return run
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

function reportOf(side: Side, usersIn: (stage: Stage) => number): SideReport {
  const { moves, flow, dormant, returned, alerts } = side
  return { moves, flow, dormant, returned, alerts, users: byStage(usersIn) }
}

function sumOfStages(count: (stage: Stage) => number): number {
  return STAGES.reduce((sum, stage) => sum + count(stage), 0)
}
