import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Folder of the real KuaiRand-Pure files, beside the repository or where STAN_DATA says; null, with a line that says
 * so, when it is missing.
 */
export function kuairandFolder(): string | null {
  const folder = process.env.STAN_DATA ?? fileURLToPath(new URL('../../../shared/data/kuairand-pure', import.meta.url))
  if (existsSync(folder)) return folder
  console.log(`skipped: no KuaiRand-Pure in ${folder}; set STAN_DATA to its folder`)
  return null
}
