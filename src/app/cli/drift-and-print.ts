import { writeFile } from 'node:fs/promises'
import type { DriftPlan, DriftWorld } from '../ab/drift-plan.ts'
import { inWorldProcesses } from '../ab/in-world-processes.ts'
import { summariseDrift } from '../ab/recovery.ts'
import { renderDrift } from '../ab/render-drift.ts'
import type { Config } from '../config/config-schema.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { jsonOf } from './json-of.ts'
import { machineNote } from './machine-note.ts'
import { print } from './output.ts'
import { createProgress } from './progress.ts'
import { requireWritable } from './require-writable.ts'

export interface DriftCall extends Omit<DriftPlan, 'config'> {
  /** File for the result. */
  readonly json?: string
}

/** Plays worlds that change, with progress, and prints when the ranker is back. */
export async function driftAndPrint(config: Config, call: DriftCall): Promise<void> {
  const { change, users, items, daysBefore, daysAfter, worlds, seed, json } = call
  const settings = { change, users, items, daysBefore, daysAfter, worlds, seed }
  const plan: DriftPlan = { config, ...settings }
  if (json !== undefined) await requireWritable('--json', json)
  const backend = await chooseBackend(config.ranker.backend)
  process.stderr.write(`backend: ${backend.note}\n`)
  const startedAt = performance.now()
  const progress = createProgress('playing', 'days', process.stderr)
  const total = worlds * 2 * (daysBefore + daysAfter)
  let done = 0
  const results = await inWorldProcesses<DriftWorld>(
    Array.from({ length: worlds }, (_, world) => ({ kind: 'drift', plan, world })),
    () => progress.update(++done, total, done),
  ).finally(() => progress.stop())
  const result = summariseDrift(plan, results)
  if (json !== undefined) {
    const machine = machineNote(backend.name)
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    await writeFile(json, `${jsonOf({ machine, seconds, settings, mode: config.ranker.mode, ...result }, 2)}\n`)
  }
  await print(`${renderDrift(plan, result)}\n`)
}
