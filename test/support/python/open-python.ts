import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Other implementations of what we do, and programs that test ours. Name and version, as pip takes them. */
const PACKAGES = {
  fastavro: 'fastavro==1.13.1',
  kafka: 'confluent-kafka==2.16.1',
  schemathesis: 'schemathesis==4.32.5',
} as const
type PackageName = keyof typeof PACKAGES
const INSTALL_LIMIT_MS = 120_000

/** Runs a script of this folder with JSON on its standard input; returns the JSON of its standard output. */
export type Python = (script: string, input: unknown) => Promise<unknown>

const RUN_LIMIT_MS = 60_000
const MODULE_LIMIT_MS = 150_000

/**
 * Installs the packages once per machine, into the folder for temporary files. Null where that cannot be done, with one
 * line that says why; with STAN_REQUIRE_KAFKA=1 it throws instead.
 */
export function openPython(names: readonly PackageName[]): Python | null {
  const env = environmentOf(names)
  return env && ((script, input) => run(fileURLToPath(new URL(script, import.meta.url)), input, env))
}

/** Runs a module with arguments; returns its exit code and what it printed. Null as openPython's. */
export function openPythonModule(
  name: PackageName,
  module: string,
): ((args: readonly string[]) => Promise<{ readonly code: number; readonly output: string }>) | null {
  const env = environmentOf([name])
  if (!env) return null
  return (args) =>
    new Promise((resolve) => {
      // Some modules keep files of theirs in the folder they run in.
      const options = { cwd: tmpdir(), env, maxBuffer: 1 << 28, timeout: MODULE_LIMIT_MS }
      execFile('python3', ['-m', module, ...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr })
      })
    })
}

function environmentOf(names: readonly PackageName[]): NodeJS.ProcessEnv | null {
  try {
    const folders = names.map((name) => install(PACKAGES[name]))
    return { ...process.env, PYTHONPATH: folders.join(delimiter), PYTHONDONTWRITEBYTECODE: '1' }
  } catch (error) {
    if (process.env.STAN_REQUIRE_KAFKA === '1') throw error
    const reason = (error as Error).message.split('\n')[0]
    process.stderr.write(`skipped: the checks with Python, which lacks ${names.join(' and ')} here (${reason})\n`)
    return null
  }
}

function run(path: string, input: unknown, env: NodeJS.ProcessEnv): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { env, maxBuffer: 1 << 28, timeout: RUN_LIMIT_MS }
    const child = execFile('python3', [path], options, (error, output) => {
      if (error) reject(error)
      else resolve(JSON.parse(output))
    })
    // A script that has ended says why itself.
    child.stdin!.on('error', () => {}).end(JSON.stringify(input))
  })
}

/** The name is taken only when the package is complete, so that an install that was cut short does no harm. */
function install(name: string): string {
  const folder = join(tmpdir(), `stan-lifecycle-${name.replace('==', '-')}`)
  if (existsSync(folder)) return folder
  const fresh = mkdtempSync(join(tmpdir(), 'stan-lifecycle-test-'))
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', fresh, name]
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

/** Values as avro_json.py writes them, as avsc makes them; times are numbers again. */
export function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value
  const held = value as { $hex?: string; $time?: number; $float?: string; $map?: [string, unknown][] }
  if (held.$hex !== undefined) return Buffer.from(held.$hex, 'hex')
  if (held.$time !== undefined) return held.$time
  if (held.$float !== undefined) return FLOATS[held.$float]
  return Object.fromEntries(held.$map!.map(([key, part]) => [key, revive(part)]))
}
