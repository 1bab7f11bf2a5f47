import { ClassicLevel } from 'classic-level'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

export interface FolderLock {
  release(): Promise<void>
}

/**
 * Takes the lock of a data folder: an empty LevelDB, whose own lock is one of the operating system (fcntl, LockFileEx)
 * and so ends with the process, also with kill -9. A process id in a file would outlive it. Node has no call for such a
 * lock. Throws `folder-in-use`.
 */
export async function lockFolder(lockPath: string, folder: string): Promise<FolderLock> {
  const level = new ClassicLevel(lockPath, { writeBufferSize: 64 * 1024, cacheSize: 0 })
  try {
    await level.open()
  } catch (error) {
    throw lockError(folder, error)
  }
  return { release: () => level.close() }
}

function lockError(folder: string, error: unknown): LifecycleError {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') {
    const text = `Cannot open the data folder ${folder}: another process has it open`
    return new LifecycleError('folder-in-use', text, { cause: error })
  }
  const reason = cause instanceof Error ? cause.message : String(error)
  return new LifecycleError('unreadable-file', `Cannot lock the data folder ${folder}: ${reason}`, { cause: error })
}
