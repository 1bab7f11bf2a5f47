import { chooseBackend } from '../tensor-backend.ts'
import type { AbPlan } from './ab-plan.ts'
import { compareArms, type WorldResult } from './compare-arms.ts'
import { playWorld } from './play-world.ts'

/** What the parent sends: one world to play. */
export interface WorldTask {
  readonly plan: AbPlan
  readonly world: number
}

export type WorldReport =
  | { readonly kind: 'day' }
  | { readonly kind: 'result'; readonly result: WorldResult }
  | { readonly kind: 'failure'; readonly message: string }

/** A process of its own for one world after the other, started by playWorlds; ends with its parent. */
process.on('disconnect', () => process.exit(0))
process.on('message', (task: WorldTask) => void work(task))

async function work({ plan, world }: WorldTask): Promise<void> {
  try {
    await chooseBackend(plan.config.ranker.backend)
    report({
      kind: 'result',
      result: compareArms(
        plan,
        playWorld(plan, world, () => report({ kind: 'day' })),
      ),
    })
  } catch (error) {
    report({ kind: 'failure', message: error instanceof Error ? error.message : String(error) })
  }
}

function report(message: WorldReport): void {
  process.send!(message)
}
