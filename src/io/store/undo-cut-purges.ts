import { access, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const FRESH = '.rewriting'
const OLD = '.old'

/** Beside the folder of a store that is purged: the copy that is made, and the store as it was. */
export function foldersOfPurge(folder: string): { readonly fresh: string; readonly old: string } {
  return { fresh: folder + FRESH, old: folder + OLD }
}

/**
 * Sees to the stores in a folder whose purge a process died in, none of them open. One that the purge had already moved
 * away and not replaced is the store again: who looks for it would take it for one that never was, and what the purge
 * should take off the disk would stay there. What else the purge has left goes.
 */
export async function undoCutPurges(parent: string): Promise<void> {
  const names = await readdir(parent).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  for (const name of names) {
    const path = join(parent, name)
    if (name.endsWith(FRESH)) await rm(path, { recursive: true, force: true })
    if (!name.endsWith(OLD)) continue
    const folder = path.slice(0, -OLD.length)
    const isThere = await access(folder).then(
      () => true,
      () => false,
    )
    if (isThere) await rm(path, { recursive: true, force: true })
    else await rename(path, folder)
  }
}
