import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Deletes what `moveAside` has put aside in these folders. Returns the paths. */
export async function dropAside(folders: readonly string[]): Promise<readonly string[]> {
  const dropped: string[] = []
  for (const folder of folders) {
    const names = await readdir(folder).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
      throw error
    })
    for (const name of names.filter((held) => /\.quarantined-\d+$/.test(held))) {
      dropped.push(join(folder, name))
      await rm(join(folder, name), { recursive: true, force: true })
    }
  }
  return dropped
}
