import { ClassicLevel } from 'classic-level'
import { checkJournals } from './check-journals.ts'
import { levelFailure } from './level-failure.ts'

export type Level = ClassicLevel<Uint8Array, Uint8Array>

export interface LevelOptions {
  /** Up to two of them are in memory. */
  readonly writeBufferSize: number
  /** Cache of uncompressed blocks. LevelDB's default is 8 MiB. */
  readonly cacheSize?: number
  /** A table's size at most. LevelDB's default is 2 MiB. */
  readonly maxFileSize?: number
}

/**
 * Opens a LevelDB folder, which it creates when missing. `what` names it in errors. Throws LifecycleError
 * `folder-in-use`, `corrupt`, `unreadable-file`.
 */
export async function openLevel(what: string, folder: string, options: LevelOptions): Promise<Level> {
  try {
    await checkJournals(folder)
    const level: Level = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view', ...options })
    await level.open()
    return level
  } catch (error) {
    throw levelFailure(`open ${what} in ${folder}`, error)
  }
}
