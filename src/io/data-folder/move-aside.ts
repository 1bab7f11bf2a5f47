import { access, rename } from 'node:fs/promises'

/** Renames a folder to the first free `<path>.quarantined-<n>`, n from 1, and returns that. */
export async function moveAside(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = `${path}.quarantined-${n}`
    const isFree = await access(aside).then(
      () => false,
      () => true,
    )
    if (!isFree) continue
    await rename(path, aside)
    return aside
  }
}
