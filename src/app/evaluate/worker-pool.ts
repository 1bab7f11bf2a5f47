import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type LifecycleErrorCode, LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { EvaluationJob } from './evaluation-job.ts'
import type { FromWorker, ToWorker, WorkerStart } from './evaluation-worker.ts'

/** TensorFlow's own threads would take each other's time; and one thread adds up in one order, whatever runs beside. */
export const ONE_THREAD = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1' }

export interface KeyedJob {
  readonly key: string
  readonly job: EvaluationJob
}

/** Runs the jobs in so many processes. Rejects with the first failure, and ends the others then. */
export async function runInWorkers(
  jobs: readonly KeyedJob[],
  start: WorkerStart,
  workers: number,
  onProgress: (examples: number) => void,
): Promise<void> {
  const queue = [...jobs]
  const children: ChildProcess[] = []
  try {
    await Promise.all(
      Array.from({ length: Math.min(workers, jobs.length) }, () => {
        const child = startWorker()
        children.push(child)
        return feed(child, start, queue, onProgress)
      }),
    )
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

function startWorker(): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const path = fileURLToPath(new URL(`./evaluation-worker.${extension}`, import.meta.url))
  return fork(path, [], { execArgv: process.execArgv, env: { ...process.env, ...ONE_THREAD } })
}

function feed(
  child: ChildProcess,
  start: WorkerStart,
  queue: KeyedJob[],
  onProgress: (examples: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const tell = (message: ToWorker) => child.send(message)
    const next = () => {
      const work = queue.shift()
      if (work) tell({ kind: 'job', ...work })
      else resolve()
    }
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') onProgress(message.examples)
      else if (message.kind === 'failed') reject(failureOf(message.message, message.code))
      else next()
    })
    child.on('error', reject)
    child.on('exit', (code, signal) =>
      reject(new Error(`Cannot evaluate: a worker process ended with ${signal ?? `code ${code}`}`)),
    )
    tell({ kind: 'start', start })
  })
}

function failureOf(message: string, code: string | null): Error {
  if (code !== null) return new LifecycleError(code as LifecycleErrorCode, message)
  return message.startsWith('Cannot ') ? new RangeError(message) : new Error(message)
}
