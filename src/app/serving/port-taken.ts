import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

/** Whether `listen` failed because another process has the port. */
export function isPortTaken(error: unknown): error is LifecycleError {
  if (!(error instanceof LifecycleError)) return false
  const { cause } = error
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
}
