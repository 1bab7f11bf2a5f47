import type { CollectedExamples } from './collect-examples.ts'
import type { DataFacts, EvaluationReport, VariantFacts } from './evaluation-report.ts'
import { type EvaluationJob, RESULT_FORMAT, sizeOfJob } from './evaluation-job.ts'
import { type ProtocolFigures, summarise } from './evaluation.ts'
import type { RunResult } from './judge-run.ts'
import type { JudgedDays, Protocol, ProtocolPlan, SplitBounds, SyncInterval } from './run-protocol.ts'
import { splitRows } from './run-protocol.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import type { Variant } from './variant.ts'
import type { KeyedJob } from './worker-pool.ts'
import { codeHash } from './code-hash.ts'
import { keyOf, type WorkFolder } from './work-folder.ts'

export interface EvaluationPlan {
  readonly variants: readonly Variant[]
  readonly seeds: number
  readonly protocols: readonly Protocol[]
  readonly bounds: SplitBounds
  readonly trainTo: string
  readonly validTo: string
  readonly judge: JudgedDays
  readonly syncs: readonly SyncInterval[]
  readonly utcOffsetMs: number
  readonly base: string
  readonly resamples: number
  readonly settingsOf: (variant: Variant, seed: number) => RankerSettings
}

/** Something that runs jobs and keeps their results in the folder. */
export type RunJobs = (jobs: readonly KeyedJob[], onProgress: (examples: number) => void) => Promise<void>

export interface EvaluationProgress {
  /** Runs that were there already, of all. */
  planned(taken: number, runs: number): void
  /** Examples passed, of all that are to be passed. */
  passed(examples: number, total: number): void
}

/** Runs what the folder does not hold yet, then sums all of it up. */
export async function runEvaluation(
  collected: CollectedExamples,
  examplesKey: string,
  plan: EvaluationPlan,
  folder: WorkFolder,
  runJobs: RunJobs,
  progress: EvaluationProgress,
): Promise<EvaluationReport['protocols']> {
  const code = await codeHash('./evaluation-job')
  const jobs = jobsOf(plan).map((job): KeyedJob => {
    const { variant: _variant, ...whatCounts } = job
    return { key: keyOf([RESULT_FORMAT, code, examplesKey, whatCounts]), job }
  })
  // Two variants may come to the same settings.
  const different = new Map(jobs.map((keyed) => [keyed.key, keyed]))
  const missing: KeyedJob[] = []
  for (const keyed of different.values()) if ((await folder.read(keyed.key)) === null) missing.push(keyed)
  progress.planned(jobs.length - missing.length, jobs.length)
  const total = missing.reduce((sum, { job }) => sum + sizeOfJob(job, collected), 0)
  let done = 0
  await runJobs(missing, (examples) => progress.passed((done += examples), total))

  const protocols: Partial<Record<Protocol, ProtocolFigures>> = {}
  for (const protocol of plan.protocols) {
    const runs = new Map<string, RunResult[]>()
    for (const { key, job } of jobs) {
      if (job.plan.protocol !== protocol) continue
      const result = await folder.read<RunResult>(key)
      if (!result) throw new Error(`Cannot sum the evaluation up: the result of ${job.variant} has gone`)
      runs.set(job.variant, [...(runs.get(job.variant) ?? []), result])
    }
    protocols[protocol] = summarise(runs, collected.tasks, plan.base)
  }
  return protocols
}

/** Refuses days without rows on either side. */
export function requireRows({ examples }: CollectedExamples, { bounds, judge }: EvaluationPlan): void {
  const { train, judged } = splitRows(examples, bounds, judge)
  if (train.length === 0) throw new RangeError('Cannot evaluate: no row lies on or before the last training day')
  if (judged.length === 0) {
    const side = judge === 'test' ? 'after the last validation day' : 'on the validation days'
    throw new RangeError(`Cannot evaluate: no row lies ${side}`)
  }
}

export function dataFacts(collected: CollectedExamples, source: string, utcOffsetMs: number): DataFacts {
  const { examples, tasks, rows, deadLetters } = collected
  const moments = new Set(examples.map(({ userId, impressionTime }) => `${userId} ${impressionTime}`))
  const times = examples.map(({ impressionTime }) => impressionTime)
  return {
    // Where the folder lies is nobody's business who reads the report.
    source: source.replace(/^(\w+):.*\/([^/]+)\/?$/s, '$1:$2'),
    rows,
    deadLetters,
    examples: examples.length,
    users: new Set(examples.map(({ userId }) => userId)).size,
    items: new Set(examples.map(({ itemId }) => itemId)).size,
    fromMs: times.reduce((least, time) => Math.min(least, time), Infinity),
    toMs: times.reduce((most, time) => Math.max(most, time), -Infinity),
    utcOffsetMs,
    sharedMoments: examples.length - moments.size,
    tasks: tasks.map((name, k) => {
      const labels = examples.flatMap((example) => (example.tasks[k].trial ? [example.tasks[k].label] : []))
      const known = labels.filter((label) => !Number.isNaN(label))
      return { name, labels: known.length, positives: known.filter((label) => label >= 0.5).length }
    }),
  }
}

export function variantFacts({ name, mode, overrides, note }: Variant): VariantFacts {
  return { name, mode, overrides: Object.fromEntries(overrides), note: note ?? null, isAblation: note !== undefined }
}

/** The slowest first would be better for the last minutes, the seeds in turn are better for a first look. */
function jobsOf(plan: EvaluationPlan): EvaluationJob[] {
  const jobs: EvaluationJob[] = []
  for (const protocol of plan.protocols) {
    for (let seed = 1; seed <= plan.seeds; seed++) {
      for (const variant of plan.variants) {
        const settings = plan.settingsOf(variant, seed)
        jobs.push({
          variant: variant.name,
          seed,
          plan: protocolPlan(plan, protocol),
          settings,
          resamples: plan.resamples,
        })
      }
    }
  }
  return jobs
}

function protocolPlan({ bounds, judge, syncs, utcOffsetMs }: EvaluationPlan, protocol: Protocol): ProtocolPlan {
  return { protocol, bounds, judge, syncs: protocol === 'sync' ? syncs : [], utcOffsetMs }
}
