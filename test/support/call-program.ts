import { vi } from 'vitest'
import { buildProgram } from '../../src/app/cli/program.ts'
import { reportFailure } from '../../src/app/cli/report-failure.ts'
import type { CliResult } from './run-cli.ts'

/** What a call of the program does, in this process, as main.ts runs it. For calls that end before the work begins. */
export async function callProgram(args: readonly string[]): Promise<CliResult> {
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text, ...rest) => {
      written[name] += String(text)
      for (const taken of rest) if (typeof taken === 'function') taken()
      return true
    })
  }
  let code = 0
  try {
    await buildProgram().parseAsync(['node', 'stan-lifecycle', ...args])
  } catch (error) {
    code = reportFailure(error, process.stderr, false)
  } finally {
    vi.restoreAllMocks()
  }
  return { code, ...written }
}
