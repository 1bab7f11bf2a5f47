import { writeFile } from 'node:fs/promises'
import type { AbPlan } from '../ab/ab-plan.ts'
import { type ArmLists, armsOf, sameArmTwice } from '../ab/arms.ts'
import { summarise, type WorldResult } from '../ab/compare-arms.ts'
import { daysOf } from '../ab/play-world.ts'
import { inWorldProcesses } from '../ab/in-world-processes.ts'
import { renderAb } from '../ab/render-ab.ts'
import type { Config } from '../config/config-schema.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { jsonOf } from './json-of.ts'
import { machineNote } from './machine-note.ts'
import { print } from './output.ts'
import { createProgress } from './progress.ts'
import { requireWritable } from './require-writable.ts'

export interface AbCall extends Omit<AbPlan, 'config' | 'arms' | 'warmupDays'> {
  readonly lists: Omit<ArmLists, 'modes'> & { readonly modes: ArmLists['modes'] | null }
  readonly aa: boolean
  readonly warmup: number
  /** File for the result. */
  readonly json?: string
}

/** Plays an A/B test, with progress, and prints its tables. */
export async function abAndPrint(config: Config, call: AbCall): Promise<void> {
  const { users, items, appeal, days, warmup, worlds, seed, candidates, places, slotMs, satisfaction } = call
  const settings = {
    users,
    items,
    appeal,
    days,
    warmupDays: warmup,
    worlds,
    seed,
    candidates,
    places,
    slotMs,
    satisfaction,
  }
  const plan: AbPlan = { config, arms: armsOfCall(call, config), ...settings }
  if (call.json !== undefined) await requireWritable('--json', call.json)
  const backend = await chooseBackend(config.ranker.backend)
  process.stderr.write(`backend: ${backend.note}\n`)
  const startedAt = performance.now()
  const progress = createProgress('playing', 'days', process.stderr)
  const total = worlds * daysOf(plan)
  let done = 0
  const results = await inWorldProcesses<WorldResult>(
    Array.from({ length: worlds }, (_, world) => ({ kind: 'ab', plan, world })),
    () => progress.update(++done, total, done),
  ).finally(() => progress.stop())
  const result = summarise(plan, results)
  if (call.json !== undefined) {
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    const machine = machineNote(backend.name)
    await writeFile(call.json, `${jsonOf({ machine, seconds, settings, armSettings: plan.arms, ...result }, 2)}\n`)
  }
  await print(`${renderAb(result)}\n`)
}

function armsOfCall({ lists, aa }: AbCall, config: Config): AbPlan['arms'] {
  const arms = armsOf({ ...lists, modes: lists.modes ?? [config.ranker.mode] })
  if (aa) {
    if (arms.length > 1) throw new RangeError(`Cannot use --aa with ${arms.length} arms: it takes one, twice`)
    return sameArmTwice(arms)
  }
  if (arms.length < 2) {
    throw new RangeError(
      `Cannot compare ${arms[0].name} with nothing: name two modes, policies or fusions, or use --aa`,
    )
  }
  return arms
}
