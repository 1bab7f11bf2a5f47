import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { UserId } from '../../core/contracts/ids.ts'
import type { Config } from '../config/config-schema.ts'
import { partitionOfUser } from '../partition-of-user.ts'
import { Pipeline } from '../pipeline.ts'
import { POLICY, VIEW } from '../serving/view/view-name.ts'
import { TOPICS } from '../topics.ts'
import { erasureRecord } from '../tracker/read-input.ts'
import type { World } from '../wire.ts'
import { Eraser } from './eraser.ts'
import { StoredView } from './stored-view.ts'

/** Appends the tombstone of a user. Tracker, ranker and view do the rest when they come to it. */
export async function appendErasure({ log }: World, userId: UserId, nowMs: number): Promise<void> {
  await log.append([erasureRecord(await partitionOfUser(log, userId), userId, nowMs)])
}

/**
 * Erases a user from a data folder that nobody else works on: tracker and ranker read to the end of their input, then
 * everything of the user's past goes. Returns what is still waited for, such as a shadow ranker that does not run; null
 * when nothing is. The backend of the ranker must have been chosen.
 */
export async function eraseUser(config: Config, world: World, userId: UserId, nowMs: number): Promise<string | null> {
  const hasRanker = await hasRead(config, world)
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: hasRanker })
  try {
    await appendErasure(world, userId, nowMs)
    await pipeline.finish()
    const eraser = await Eraser.open(world, pipeline, await storedView(config, world))
    if (eraser === null) return 'the log, which does not lie on this machine'
    await eraser.settle()
    return eraser.waiting === 0 ? null : await eraser.whyWaiting()
  } finally {
    pipeline.dispose()
  }
}

/** The views of the folder, where an API has ever built one. */
export async function storedView(config: Config, world: World): Promise<StoredView | null> {
  const names: string[] = []
  for (const name of [VIEW, POLICY]) {
    await access(join(config.dataDir, name)).then(
      () => names.push(name),
      () => {},
    )
  }
  return names.length > 0 ? new StoredView(config, world, names) : null
}

/** Whether a ranker has worked here; one that never has need not begin now. */
async function hasRead({ partitions }: Config, { log }: World): Promise<boolean> {
  for (let partition = 0; partition < partitions; partition++) {
    const positions = await log.upkeep?.positions(TOPICS.trainingExamples, partition)
    if (positions && positions.size > 0) return true
  }
  return false
}
