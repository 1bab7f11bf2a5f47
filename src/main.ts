#!/usr/bin/env -S node --max-semi-space-size=128 --initial-old-space-size=256
// What a slice makes lives for that slice: with a larger young generation most of it is never copied. With an older one that may
// grow at first, marking does not begin again every second; a request waits some 20 ms for it.
import { buildProgram } from './app/cli/program.ts'
import { reportFailure } from './app/cli/report-failure.ts'

/** The only file that reads argv and sets an exit code: 0 done, 1 a failure on the way, 2 a mistake in the call. */
try {
  await buildProgram().parseAsync(process.argv)
} catch (error) {
  process.exitCode = reportFailure(error, process.stderr, process.argv.includes('--debug'))
}
