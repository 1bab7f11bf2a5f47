import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'

/** What LevelDB reports, as a LifecycleError: the stable codes of classic-level, not its texts, decide. */
export function levelFailure(action: string, error: unknown): LifecycleError {
  if (error instanceof LifecycleError) return error
  const code = levelCode(error)
  const options = { cause: error }
  if (code === 'LEVEL_LOCKED') {
    return new LifecycleError('folder-in-use', `Cannot ${action}: the folder is open elsewhere`, options)
  }
  if (code === 'LEVEL_CORRUPTION') {
    return new LifecycleError('corrupt', `Cannot ${action}: ${reasonOf(error)}`, options)
  }
  return new LifecycleError('unreadable-file', `Cannot ${action}: ${reasonOf(error)}`, options)
}

function levelCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && at.code !== 'LEVEL_DATABASE_NOT_OPEN') return at.code
  }
  return undefined
}

/** Text of the innermost error, which is LevelDB's own. */
function reasonOf(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  return inner instanceof Error ? inner.message : String(inner)
}
