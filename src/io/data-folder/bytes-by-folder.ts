import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** Bytes of the files in each folder of a data folder, and, in `nested`, of each folder in that one. */
export async function bytesByFolder(path: string, nested: string): Promise<ReadonlyMap<string, number>> {
  const bytes = new Map<string, number>()
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    // LevelDB takes files away as it pleases.
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    )
    const depth = file.startsWith(nested + sep) ? 2 : 1
    const parts = relative(path, file).split(sep)
    if (parts.length <= depth) continue
    const name = parts.slice(0, depth).join('/')
    bytes.set(name, (bytes.get(name) ?? 0) + size)
  }
  return bytes
}
