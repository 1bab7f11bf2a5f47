import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { rankerSettingsOf } from '../config/compile-config.ts'
import type { Config } from '../config/config-schema.ts'
import { cachedExamples } from '../evaluate/cached-examples.ts'
import { type SplitDays, splitDaysOf } from '../evaluate/days.ts'
import type { EvaluationData } from '../evaluate/evaluation-data.ts'
import type { EvaluationReport, Study } from '../evaluate/evaluation-report.ts'
import { modelCard } from '../evaluate/model-card.ts'
import { renderEvaluation } from '../evaluate/render-evaluation.ts'
import { dataFacts, type EvaluationPlan, requireRows, runEvaluation, variantFacts } from '../evaluate/run-evaluation.ts'
import { runStudies } from '../evaluate/run-studies.ts'
import type { JudgedDays, Protocol, SyncInterval } from '../evaluate/run-protocol.ts'
import { renderStudies } from '../evaluate/render-studies.ts'
import { reportPage } from '../evaluate/html/report-page.ts'
import type { Variant } from '../evaluate/variant.ts'
import { ONE_THREAD, runInWorkers } from '../evaluate/worker-pool.ts'
import { WorkFolder } from '../evaluate/work-folder.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'
import { createProgress } from './progress.ts'
import { requireWritable } from './require-writable.ts'

export interface EvaluateCall {
  /** As it was asked for. */
  readonly source: string
  readonly data: EvaluationData
  readonly config: Config
  readonly variants: readonly { readonly variant: Variant; readonly config: Config }[]
  readonly days: SplitDays
  readonly seeds: number
  readonly protocols: readonly Protocol[]
  readonly judge: JudgedDays
  readonly syncs: readonly SyncInterval[]
  readonly base: string
  readonly resamples: number
  readonly workers: number | null
  readonly work: string
  /** Files for the result. */
  readonly json?: string
  readonly html?: string
  readonly studies: readonly Study[]
}

/** Compares variants on a data set's examples in worker processes, with progress, and prints the tables. */
export async function evaluateAndPrint(call: EvaluateCall): Promise<void> {
  if (call.json !== undefined) await requireWritable('--json', call.json)
  if (call.html !== undefined) await requireWritable('--html', call.html)
  const folder = await WorkFolder.open(call.work)
  Object.assign(process.env, ONE_THREAD)
  const backend = await chooseBackend(call.config.ranker.backend)
  process.stderr.write(`backend: ${backend.note}\n`)

  const collecting = createProgress('examples', 'rows', process.stderr)
  const { key, path, collected, kept } = await cachedExamples(call.data, call.config, folder, (batch, { rows }) => {
    collecting.update(batch.bytesRead, batch.totalBytes, rows)
  }).finally(() => collecting.stop())
  if (kept) process.stderr.write(`examples: ${collected.examples.length} taken from ${call.work}\n`)
  const plan = planOf(call, splitDaysOf(collected.examples, call.days, call.data.utcOffsetMs, call.data.testDays))
  requireRows(collected, plan)

  const training = createProgress('training', 'examples', process.stderr)
  const workers = call.workers ?? availableParallelism()
  const start = { work: call.work, examplesPath: path, backend: backend.name }
  const protocols = await runEvaluation(
    collected,
    key,
    plan,
    folder,
    (jobs, onProgress) => runInWorkers(jobs, start, workers, onProgress),
    {
      planned: (taken, runs) => process.stderr.write(`runs: ${runs}, of which ${taken} were done before\n`),
      passed: (examples, total) => training.update(examples, total, examples),
    },
  ).finally(() => training.stop())

  const studies = await runStudies(call.studies, collected, key, plan, call.config, call.data, folder, (study) =>
    process.stderr.write(`study: ${study}\n`),
  )
  const { trainTo, validTo, judge, seeds, base, resamples } = plan
  const facts = {
    format: 1 as const,
    data: dataFacts(collected, call.source, call.data.utcOffsetMs),
    plan: { trainTo, validTo, judge, seeds, base, resamples },
    variants: plan.variants.map(variantFacts),
    protocols,
    studies,
  }
  const settingsOf = (name: string) =>
    plan.settingsOf(
      plan.variants.find((variant) => variant.name === name)!,
      1,
    )
  const report: EvaluationReport = { ...facts, card: modelCard(facts, call.config, settingsOf) }
  if (call.html !== undefined) await writeFile(call.html, reportPage(report))
  if (call.json !== undefined) await writeFile(call.json, `${jsonOf(report, 1)}\n`)
  await print(`${[renderEvaluation(report), renderStudies(studies)].filter(Boolean).join('\n\n')}\n`)
}

function planOf(call: EvaluateCall, days: ReturnType<typeof splitDaysOf>): EvaluationPlan {
  const { seeds, protocols, judge, syncs, base, resamples } = call
  const configs = new Map(call.variants.map(({ variant, config }) => [variant.name, config]))
  return {
    variants: call.variants.map(({ variant }) => variant),
    seeds,
    protocols,
    judge,
    syncs,
    base,
    resamples,
    ...days,
    utcOffsetMs: call.data.utcOffsetMs,
    settingsOf: ({ name }, seed) => rankerSettingsOf({ ...configs.get(name)!, seed }),
  }
}
