import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { AbPlan } from './ab-plan.ts'
import type { WorldResult } from './compare-arms.ts'
import type { WorldReport, WorldTask } from './world-process.ts'

/** Beside this file, as source or as it was built. */
const PROGRAM = fileURLToPath(import.meta.url).replace(/play-worlds(\.[jt]s)$/, 'world-process$1')
/** One core a world: the threads of TensorFlow would only be in each other's way. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' }

/** Plays the worlds of a plan in processes of their own, as many as there are cores; in the order of the worlds. */
export async function playWorlds(plan: AbPlan, onDay: () => void): Promise<WorldResult[]> {
  const results: WorldResult[] = []
  const waiting = Array.from({ length: plan.worlds }, (_, world) => world)
  const children: ChildProcess[] = []
  const work = async (): Promise<void> => {
    const child = fork(PROGRAM, {
      env: { ...process.env, ...ONE_THREAD },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    children.push(child)
    for (let world = waiting.shift(); world !== undefined; world = waiting.shift()) {
      results[world] = await resultOf(child, { plan, world }, onDay)
    }
    child.disconnect()
  }
  try {
    await Promise.all(Array.from({ length: Math.min(plan.worlds, availableParallelism()) }, work))
    return results
  } finally {
    for (const child of children) if (child.connected) child.kill()
  }
}

function resultOf(child: ChildProcess, task: WorldTask, onDay: () => void): Promise<WorldResult> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void => {
      reject(new Error(`the process of world ${task.world} ended by ${signal ?? `code ${code}`}`))
    }
    const onMessage = (report: WorldReport): void => {
      if (report.kind === 'day') {
        onDay()
        return
      }
      child.off('message', onMessage)
      child.off('exit', onExit)
      if (report.kind === 'result') resolve(report.result)
      else reject(new Error(report.message))
    }
    child.on('message', onMessage)
    child.on('exit', onExit)
    child.send(task)
  })
}
