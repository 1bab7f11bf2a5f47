import { writeFile } from 'node:fs/promises'
import { readKuairand } from '../../io/datasets/kuairand-reader.ts'
import { rankerSettingsOf } from '../config/compile-config.ts'
import type { Config } from '../config/config-schema.ts'
import { collectExamples } from '../evaluate/collect-examples.ts'
import { evaluate, type EvaluationPlan, passesOf } from '../evaluate/evaluation.ts'
import { renderEvaluation } from '../evaluate/render-evaluation.ts'
import { PROTOCOLS, type SplitBounds } from '../evaluate/run-protocol.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'
import { createProgress } from './progress.ts'
import { requireWritable } from './require-writable.ts'

export interface EvaluateCall {
  readonly modes: readonly string[]
  readonly bounds: SplitBounds
  readonly seeds: number
  readonly prequential: boolean
  /** File for the result. */
  readonly json?: string
}

/** Compares modes on KuaiRand's examples, with progress, and prints the tables. */
export async function evaluateAndPrint(folder: string, config: Config, call: EvaluateCall): Promise<void> {
  if (call.json !== undefined) await requireWritable('--json', call.json)
  const backend = await chooseBackend(config.ranker.backend)
  process.stderr.write(`backend: ${backend.note}\n`)

  const collecting = createProgress('examples', 'rows', process.stderr)
  const examples = await collectExamples(readKuairand(folder), config, (batch, { rows }) => {
    collecting.update(batch.bytesRead, batch.totalBytes, rows)
  }).finally(() => collecting.stop())
  if (examples.length === 0) throw new RangeError('Cannot evaluate: the data set has no rows')
  const plan: EvaluationPlan = {
    modes: call.modes,
    seeds: call.seeds,
    protocols: call.prequential ? PROTOCOLS : ['split'],
    bounds: call.bounds,
    settingsOf: (mode, seed) => rankerSettingsOf(withMode(config, mode, seed)),
  }
  requireRows(
    examples.map(({ impressionTime }) => impressionTime),
    call.bounds,
  )

  const total = passesOf(examples, plan)
  const training = createProgress('training', 'examples', process.stderr)
  let done = 0
  const result = evaluate(examples, plan, (count) => training.update((done += count), total, done))
  training.stop()
  if (call.json !== undefined) await writeFile(call.json, `${jsonOf(result, 2)}\n`)
  await print(`${renderEvaluation(result)}\n`)
}

function withMode(config: Config, mode: string, seed: number): Config {
  return { ...config, seed, ranker: { ...config.ranker, mode: mode as Config['ranker']['mode'] } }
}

function requireRows(times: readonly number[], { trainEndMs, validEndMs }: SplitBounds): void {
  if (!times.some((time) => time < trainEndMs)) {
    throw new RangeError('Cannot evaluate: no row lies on or before the last training day')
  }
  if (!times.some((time) => time >= validEndMs)) {
    throw new RangeError('Cannot evaluate: no row lies after the last validation day')
  }
}
