import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** A folder among the system's temporary ones. */
export interface ScratchFolder {
  readonly path: string
  remove(): Promise<void>
}

/** Makes a folder that also goes away when a signal ends the process: it may hold what is known of users. */
export async function scratchFolder(): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), 'stan-scratch-'))
  const endWithSignal = (signal: NodeJS.Signals): void => {
    rmSync(path, { recursive: true, force: true })
    // Ours is gone by now, so the next one in line, or the system, ends the process.
    process.kill(process.pid, signal)
  }
  for (const signal of SIGNALS) process.once(signal, endWithSignal)
  return {
    path,
    remove: async () => {
      for (const signal of SIGNALS) process.off(signal, endWithSignal)
      await rm(path, { recursive: true, force: true })
    },
  }
}
