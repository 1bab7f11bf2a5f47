import { CommanderError } from 'commander'
import { LIFECYCLE_ERROR_CODES, LifecycleError, type LifecycleErrorCode } from '../../core/contracts/lifecycle-error.ts'
import { OutputClosed } from './output.ts'

const FAULTS_OF_THE_WORLD: readonly LifecycleErrorCode[] = [
  'closed',
  'unknown-partition',
  'missing-key',
  'fenced',
  'commit-failed',
  'corrupt',
  'registry-unavailable',
  'broker-unreachable',
  'broker-refused',
  'broker-version',
  'api-unavailable',
  'api-refused',
  'stale-state',
  'states-differ',
  'not-erased',
  'alert-undelivered',
]

/** Failures that the person at the keyboard can mend by calling differently. */
const CALLER_MISTAKES: readonly LifecycleErrorCode[] = LIFECYCLE_ERROR_CODES.filter(
  (code) => !FAULTS_OF_THE_WORLD.includes(code),
)

/** Writes one line for a failure, the stack only with `debug`, and returns the exit code. */
export function reportFailure(error: unknown, stream: NodeJS.WritableStream, debug: boolean): number {
  if (error instanceof OutputClosed) return 0
  if (error instanceof CommanderError) {
    // Commander has already written its sentence, or the help that was asked for.
    return error.exitCode === 0 ? 0 : 2
  }
  const message = error instanceof Error ? error.message : String(error)
  const hint = isExpected(error) ? '' : ' (a fault of the program; --debug shows where)'
  stream.write(`stan-lifecycle: ${message.replaceAll(/\s*\n\s*/g, ' ')}${hint}\n`)
  if (debug && error instanceof Error) stream.write(`${error.stack}\n`)
  return isCallerMistake(error) ? 2 : 1
}

function isCallerMistake(error: unknown): boolean {
  if (error instanceof LifecycleError) return CALLER_MISTAKES.includes(error.code)
  // Ours; the language's own ("Invalid array length") are faults.
  return error instanceof RangeError && error.message.startsWith('Cannot ')
}

/** Ours, or the operating system's, such as a full disk. */
function isExpected(error: unknown): boolean {
  if (error instanceof LifecycleError || isCallerMistake(error)) return true
  return error instanceof Error && ('syscall' in error || (error.cause instanceof Error && 'syscall' in error.cause))
}
