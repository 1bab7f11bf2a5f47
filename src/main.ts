#!/usr/bin/env -S node --max-semi-space-size=128
// What a slice makes lives for that slice: with a larger young generation most of it is never copied.
import { buildProgram } from './app/cli/program.ts'
import { reportFailure } from './app/cli/report-failure.ts'

/** The only file that reads argv and sets an exit code: 0 done, 1 a failure on the way, 2 a mistake in the call. */
try {
  await buildProgram().parseAsync(process.argv)
} catch (error) {
  process.exitCode = reportFailure(error, process.stderr, process.argv.includes('--debug'))
}
