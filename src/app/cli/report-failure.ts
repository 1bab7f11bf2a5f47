import { CommanderError } from 'commander'
import { LIFECYCLE_ERROR_CODES, LifecycleError, type LifecycleErrorCode } from '../../core/contracts/lifecycle-error.ts'

/** Failures that the person at the keyboard can mend by calling differently. */
const CALLER_MISTAKES: readonly LifecycleErrorCode[] = LIFECYCLE_ERROR_CODES.filter(
  (code) => code !== 'closed' && code !== 'corrupt' && code !== 'unknown-partition' && code !== 'missing-key',
)

/** Writes one line for a failure, the stack only with `debug`, and returns the exit code. */
export function reportFailure(error: unknown, stream: NodeJS.WritableStream, debug: boolean): number {
  if (error instanceof CommanderError) {
    // Commander has already written its sentence, or the help that was asked for.
    return error.exitCode === 0 ? 0 : 2
  }
  const message = error instanceof Error ? error.message : String(error)
  stream.write(`stan-lifecycle: ${message.replaceAll('\n', ' ')}\n`)
  if (debug && error instanceof Error) stream.write(`${error.stack}\n`)
  const mistake =
    error instanceof RangeError || (error instanceof LifecycleError && CALLER_MISTAKES.includes(error.code))
  return mistake ? 2 : 1
}
