import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** For the longest of them, a day of real data, on a machine that does other things. */
const TIME_OUT_MS = 170_000

export interface CliResult {
  /** Null when a signal ended the program. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type CliProcess = ChildProcessByStdio<Writable, Readable, Readable>

/** Starts the program as a child process, in the repository's folder, without the caller's STAN_ variables. */
export function startCli(args: readonly string[], environment: Readonly<Record<string, string>> = {}): CliProcess {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('STAN_'))
  return spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    cwd: ROOT,
    env: { ...Object.fromEntries(own), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs the program to its end. Throws when it does not end in time. */
export async function runCli(
  args: readonly string[],
  options: { readonly input?: string | Uint8Array; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<CliResult> {
  const child = startCli(args, options.environment)
  // A program that refuses the call does not read its input.
  child.stdin.on('error', () => {}).end(options.input)
  return finishCli(child, args.join(' '))
}

/** Collects what a started program writes until it ends. */
export async function finishCli(child: CliProcess, what = 'the program'): Promise<CliResult> {
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString()
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_OUT_MS)
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  clearTimeout(timer)
  const [stdout, stderr] = await Promise.all(texts)
  if (signal === 'SIGKILL') throw new Error(`${what} did not end within ${TIME_OUT_MS} ms; it wrote ${stderr}`)
  return { code, stdout, stderr }
}

/** The JSON lines of an output. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
