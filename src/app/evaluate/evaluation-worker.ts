import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { type BackendPreference, chooseBackend } from '../tensor-backend.ts'
import { type EvaluationJob, runJob } from './evaluation-job.ts'
import { readExampleFile } from './example-file.ts'
import { WorkFolder } from './work-folder.ts'

/** The program of a worker process: takes jobs one at a time, and keeps what comes of each in the work folder. */
export interface WorkerStart {
  readonly work: string
  readonly examplesPath: string
  readonly backend: BackendPreference
}
export type ToWorker =
  | { readonly kind: 'start'; readonly start: WorkerStart }
  | { readonly kind: 'job'; readonly key: string; readonly job: EvaluationJob }
export type FromWorker =
  | { readonly kind: 'started' }
  | { readonly kind: 'progress'; readonly examples: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | null }

async function serve(): Promise<void> {
  const parent = process.ppid
  const start = await new Promise<WorkerStart>((resolve) => {
    process.once('message', (message: ToWorker) => message.kind === 'start' && resolve(message.start))
  })
  await chooseBackend(start.backend)
  const collected = await readExampleFile(start.examplesPath)
  const folder = await WorkFolder.open(start.work)
  process.on('message', (message: ToWorker) => {
    if (message.kind !== 'job') return
    const { key, job } = message
    tellFailures(async () => {
      const result = runJob(job, collected, (examples) => {
        // A run does not let go of the thread, so nobody would hear of the disconnection.
        if (process.ppid !== parent) process.exit(1)
        tell({ kind: 'progress', examples })
      })
      await folder.write(key, result)
      tell({ kind: 'done' })
    })
  })
  tell({ kind: 'started' })
}

function tell(message: FromWorker): void {
  process.send?.(message)
}

function tellFailures(work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    tell({ kind: 'failed', message, code: error instanceof LifecycleError ? error.code : null })
  })
}

// Without the evaluation that started it there is nothing left to do.
process.on('disconnect', () => process.exit(1))
tellFailures(serve)
