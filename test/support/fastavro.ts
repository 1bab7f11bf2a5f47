import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Schema } from 'avsc'

/** Another Avro implementation, in another language. */
const PACKAGE = 'fastavro==1.13.1'
const SCRIPT = fileURLToPath(new URL('rewrite-with-fastavro.py', import.meta.url))
const INSTALL_LIMIT_MS = 120_000

export interface FastavroItem {
  readonly schema: Schema
  readonly hex: string
  /** Schema and id of what it writes, where they are not those that it read with. */
  readonly rewriteWith?: Schema
  readonly rewriteId?: number
  /** Times as plain numbers: those of the distant future have no datetime. */
  readonly plainTimes?: boolean
}

export interface FastavroResult {
  readonly id: number
  readonly value: unknown
  /** The value as fastavro writes it. */
  readonly hex: string
}

export type Fastavro = (items: readonly FastavroItem[]) => readonly FastavroResult[]

/**
 * Installs fastavro for Python once per machine, into the folder for temporary files. Null where that cannot be done,
 * with one line that says why; with STAN_REQUIRE_KAFKA=1 it throws instead.
 */
export function openFastavro(): Fastavro | null {
  try {
    const path = install()
    return (items) => {
      const input = JSON.stringify(items)
      const output = execFileSync('python3', [SCRIPT], {
        input,
        env: { ...process.env, PYTHONPATH: path },
        maxBuffer: 1 << 28,
      })
      const results = JSON.parse(output.toString()) as { id: number; value: unknown; hex: string }[]
      return results.map(({ id, value, hex }) => ({ id, value: revive(value), hex }))
    }
  } catch (error) {
    if (process.env.STAN_REQUIRE_KAFKA === '1') throw error
    const reason = (error as Error).message.split('\n')[0]
    process.stderr.write(`skipped: the checks with fastavro, which cannot be installed here (${reason})\n`)
    return null
  }
}

/** The name is taken only when the package is complete, so that an install that was cut short does no harm. */
function install(): string {
  const folder = join(tmpdir(), `stan-lifecycle-${PACKAGE.replace('==', '-')}`)
  if (existsSync(folder)) return folder
  const fresh = mkdtempSync(join(tmpdir(), 'stan-lifecycle-test-'))
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', fresh, PACKAGE]
  try {
    execFileSync('python3', pip, { stdio: ['ignore', 'ignore', 'pipe'], timeout: INSTALL_LIMIT_MS })
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

const FLOATS: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }

/** Values as the script writes them, as avsc makes them; times are numbers again. */
function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value
  const held = value as { $hex?: string; $time?: number; $float?: string; $map?: [string, unknown][] }
  if (held.$hex !== undefined) return Buffer.from(held.$hex, 'hex')
  if (held.$time !== undefined) return held.$time
  if (held.$float !== undefined) return FLOATS[held.$float]
  return Object.fromEntries(held.$map!.map(([key, part]) => [key, revive(part)]))
}
