import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { createRecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { Config } from '../config/config-schema.ts'
import { auditFolder, type Trace } from '../erasure/audit-folder.ts'
import { auditLog } from '../erasure/audit-log.ts'
import { openWorldAsFound } from '../wire.ts'
import { print } from './output.ts'

/** Places that are printed one by one; the rest is counted. */
const SHOWN = 50

/**
 * Prints every place that still knows a user: in all files of the data folder, or in all topics of Kafka. Throws
 * LifecycleError `not-erased` where there is one.
 */
export async function auditAndReport(config: Config, user: string): Promise<void> {
  let count = 0
  for await (const { file, place } of tracesOf(config, user)) {
    if (count++ < SHOWN) await print(`${file}: ${place}\n`)
  }
  if (count > SHOWN) await print(`and ${count - SHOWN} more\n`)
  const where = config.log === 'kafka' ? 'topics' : `files of ${config.dataDir}`
  if (count > 0)
    throw new LifecycleError('not-erased', `Cannot confirm the erasure of ${user}: ${count} places know it`)
  await print(`No trace of ${user} in the ${where}\n`)
}

async function* tracesOf(config: Config, user: string): AsyncGenerator<Trace> {
  const world = await openWorldAsFound(config)
  if (config.log === 'kafka') {
    try {
      yield* auditLog(world.log, user, world.codecs)
    } finally {
      await world.close()
    }
    return
  }
  // Opened once, so that a folder of something else is refused, and one in use; then read as it lies.
  const { codecs } = world
  await world.close()
  yield* auditFolder(config.dataDir, user, codecs ?? createRecordCodecs())
}
