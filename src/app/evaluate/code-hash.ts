import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** Imports of values from the program's own files; in a compiled file all are. */
const IMPORTS = [
  /^(?:import|export)\b(?! type\b)[^'";]*?\bfrom\s*'(\.[^']+)'/gm,
  /^import\s*'(\.[^']+)'/gm,
  /\bimport\('(\.[^']+)'\)/g,
]

/**
 * Hash of a file of the program and of all that it imports, so that results of other code are not taken over. `entry`
 * is a URL relative to this file, without its extension.
 */
export async function codeHash(entry: string): Promise<string> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const seen = new Set<string>()
  const queue = [new URL(`${entry}.${extension}`, import.meta.url).href]
  const texts = new Map<string, string>()
  for (let url = queue.pop(); url !== undefined; url = queue.pop()) {
    if (seen.has(url)) continue
    seen.add(url)
    const text = await readFile(new URL(url), 'utf8')
    texts.set(url, text)
    for (const pattern of IMPORTS) {
      for (const [, specifier] of text.matchAll(pattern)) queue.push(new URL(specifier, url).href)
    }
  }
  const hash = createHash('sha256')
  // The folder that the program lies in is no part of it.
  const root = new URL('../..', import.meta.url).href
  for (const [url, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(url.slice(root.length)).update(text)
  return hash.digest('hex').slice(0, 24)
}
