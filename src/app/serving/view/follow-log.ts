import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { Log } from '../../../io/log/log.ts'
import type { StopFlag } from '../../stop-flag.ts'
import type { WorldLogger } from '../../wire.ts'

/** Another process may publish: this one's log does not hear of that. */
const IDLE_MS = 200
const RETRY_MS = 1000

/**
 * Takes over what is published, step by step, until it is stopped; `step` says whether anything had come. A failure that
 * passes is tried again; rejects with one that does not.
 */
export async function followLog(
  log: Log,
  flag: StopFlag,
  step: () => Promise<boolean>,
  logger: WorldLogger,
): Promise<void> {
  while (!flag.stopped) {
    try {
      const changed = log.changed()
      if (!(await step())) await flag.waitFor(changed, IDLE_MS)
    } catch (error) {
      if (!(error instanceof LifecycleError && error.retryable)) throw error
      logger.warn({ code: error.code }, error.message)
      await flag.wait(RETRY_MS)
    }
  }
}
