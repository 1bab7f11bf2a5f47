import type { UserId } from '../../core/contracts/ids.ts'
import type { Config } from '../config/config-schema.ts'
import { appendErasure, eraseUser } from '../erasure/erase-user.ts'
import { chooseBackend } from '../tensor-backend.ts'
import { openWorld } from '../wire.ts'
import { auditAndReport } from './audit-and-report.ts'
import { print } from './output.ts'
import { packageVersion } from './package-version.ts'

/** Erases a user and looks whether anything is left. Throws LifecycleError `not-erased` where something is. */
export async function eraseAndReport(config: Config, user: string, nowMs: number): Promise<void> {
  if (user === '') throw new RangeError('Cannot erase a user: the id is empty')
  const userId = user as UserId
  if (config.log === 'kafka') {
    const world = await openWorld(config, packageVersion())
    try {
      await appendErasure(world, userId, nowMs)
    } finally {
      await world.close()
    }
    await print(
      `The tombstone of ${user} is in the log. Trackers, ranker and API forget the user when they come to it; compaction ` +
        'and retention of the brokers take the records. `erase USER --audit` reads what is left.\n',
    )
    return
  }
  await chooseBackend(config.ranker.backend)
  const world = await openWorld(config, packageVersion())
  let waiting: string | null
  try {
    waiting = await eraseUser(config, world, userId, nowMs)
  } finally {
    await world.close()
  }
  if (waiting !== null) await print(`The erasure of ${user} waits: ${waiting}\n`)
  await auditAndReport(config, user)
}
