import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { WorldReport, WorldTask } from './world-process.ts'

/** Beside this file, as source or as it was built. */
const PROGRAM = fileURLToPath(import.meta.url).replace(/in-world-processes(\.[jt]s)$/, 'world-process$1')
/** One core a world: the threads of TensorFlow would only be in each other's way. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' }

/**
 * Plays every world in a process of its own, as many at a time as there are cores; results in the order of the tasks. They
 * are what world-process.ts makes of such a task, and came through a copy that keeps typed arrays and NaN.
 */
export async function inWorldProcesses<Result>(tasks: readonly WorldTask[], onDay: () => void): Promise<Result[]> {
  const results: Result[] = []
  const waiting = [...tasks.keys()]
  const children: ChildProcess[] = []
  const work = async (): Promise<void> => {
    const child = fork(PROGRAM, {
      env: { ...process.env, ...ONE_THREAD },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    children.push(child)
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next] = (await resultOf(child, tasks[next], onDay)) as Result
    }
    child.disconnect()
  }
  try {
    await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, work))
    return results
  } finally {
    for (const child of children) if (child.connected) child.kill()
  }
}

function resultOf(child: ChildProcess, task: WorldTask, onDay: () => void): Promise<unknown> {
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
