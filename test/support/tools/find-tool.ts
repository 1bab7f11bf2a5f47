import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Path of a program of the system, or null, with the reason printed, where there is none: the tests that need it are left
 * out. With the environment variable `required` set that is a failure.
 */
export function findTool(
  name: string,
  required: string,
  howToGet: string,
  folders: readonly string[] = [],
): string | null {
  const path = [...folders, ...(process.env.PATH ?? '').split(delimiter)]
    .map((folder) => join(folder, name))
    .find((candidate) => existsSync(candidate))
  if (path !== undefined) return path
  const reason = `${name} is missing (${howToGet})`
  if (process.env[required] !== undefined) throw new Error(`Cannot run the tests of deploy: ${reason}`)
  process.stderr.write(`left out: ${reason}\n`)
  return null
}

/** Runs a program to its end. Returns what it wrote on both streams; throws with that when it fails. */
export function runTool(path: string, args: readonly string[], input?: string): string {
  try {
    return execFileSync(path, args, { encoding: 'utf8', input: input ?? '', stdio: 'pipe', timeout: 60_000 })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${path} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error })
  }
}
