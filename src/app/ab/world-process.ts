import { setImmediate } from 'node:timers/promises'
import type { Config } from '../config/config-schema.ts'
import { chooseBackend } from '../tensor-backend.ts'
import type { AbPlan } from './ab-plan.ts'
import { compareArms } from './compare-arms.ts'
import type { DriftPlan } from './drift-plan.ts'
import { driftWorld } from './drift-world.ts'
import { playWorld } from './play-world.ts'

/** What the parent sends: one world of a plan. */
export type WorldTask =
  | { readonly kind: 'ab'; readonly plan: AbPlan; readonly world: number }
  | { readonly kind: 'drift'; readonly plan: DriftPlan; readonly world: number }

export type WorldReport =
  | { readonly kind: 'day' }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failure'; readonly message: string }

/** A process of its own for one world after the other, started by inWorldProcesses; ends with its parent. */
process.on('disconnect', () => process.exit(0))
process.on('message', (task: WorldTask) => void work(task))

async function work(task: WorldTask): Promise<void> {
  try {
    const config: Config = task.plan.config
    await chooseBackend(config.ranker.backend)
    report({ kind: 'result', result: await resultOf(task) })
  } catch (error) {
    report({ kind: 'failure', message: error instanceof Error ? error.message : String(error) })
  }
}

async function resultOf(task: WorldTask): Promise<unknown> {
  const onDay = async (): Promise<void> => {
    report({ kind: 'day' })
    // Lets the end of the parent be heard.
    await setImmediate()
  }
  if (task.kind === 'drift') return driftWorld(task.plan, task.world, onDay)
  return compareArms(task.plan, await playWorld(task.plan, task.world, onDay))
}

function report(message: WorldReport): void {
  process.send!(message)
}
