import { join } from 'node:path'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import type { Config } from '../config/config-schema.ts'
import { renderDifference, renderVerification } from '../replay/render-verification.ts'
import { type Verification, verifyPartition } from '../replay/verify-partition.ts'
import { TOPICS } from '../topics.ts'
import { openWorldAsFound, scratchStore, type World } from '../wire.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'
import { createProgress } from './progress.ts'

/** Verifies partitions one after the other. Throws LifecycleError `states-differ` when any is not as a replay has it. */
export async function verifyAndPrint(config: Config, only: number | undefined, asJson: boolean): Promise<void> {
  const world = await openWorldAsFound(config)
  try {
    const partitions = world.log.topics().find(({ name }) => name === TOPICS.interactions)?.partitions ?? 0
    if (only !== undefined && only >= partitions) {
      throw new RangeError(`Cannot verify partition ${only}: ${TOPICS.interactions} has ${partitions}, from 0 on`)
    }
    const verified: Verification[] = []
    for (const partition of only === undefined ? Array.from({ length: partitions }, (_, n) => n) : [only]) {
      const verification = await verify(world, partition)
      verified.push(verification)
      if (!asJson) await print(`${renderVerification(verification)}\n`)
    }
    const failed = verified.find(({ first }) => first)
    if (asJson) await print(`${jsonOf({ equal: failed === undefined, partitions: verified }, 2)}\n`)
    if (!failed) return
    const { partition, first } = failed
    throw new LifecycleError('states-differ', `Cannot verify partition ${partition}: ${renderDifference(first!)}`)
  } finally {
    await world.close()
  }
}

async function verify(world: World, partition: number): Promise<Verification> {
  const { log, codecs } = world
  // As a side store: a state store that cannot be read would be put aside, and nothing is to change here.
  const store: StateStore = await world.sideStore(join('store', String(partition)))
  const progress = createProgress(`verify ${partition}`, 'records', process.stderr)
  try {
    const onProgress = (offset: number, end: number) => progress.update(offset, end, offset)
    return await verifyPartition({ log, codecs, partition, store, scratch: scratchStore, onProgress })
  } finally {
    progress.stop()
    await store.close()
  }
}
