import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

export function closedError(action: string): LifecycleError {
  return new LifecycleError('closed', `Cannot ${action} the state store: it is closed`)
}
