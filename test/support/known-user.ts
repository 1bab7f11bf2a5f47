import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../src/app/config/config-schema.ts'
import { auditFolder } from '../../src/app/erasure/audit-folder.ts'
import { Pipeline } from '../../src/app/pipeline.ts'
import { PolicyView } from '../../src/app/serving/view/policy-view.ts'
import { UserView } from '../../src/app/serving/view/user-view.ts'
import { POLICY, VIEW } from '../../src/app/serving/view/view-name.ts'
import { TOPICS } from '../../src/app/topics.ts'
import type { World } from '../../src/app/wire.ts'
import type { EventId, UserId } from '../../src/core/contracts/ids.ts'
import type { Interaction } from '../../src/core/contracts/interaction.ts'
import type { OutputRecord } from '../../src/io/log/log.ts'
import { createRecordCodecs } from '../../src/io/schemas/record-codecs.ts'
import { simulatedInteractions } from './simulated-interactions.ts'

/** The user to be erased. */
export const GONE = 'user-to-be-erased' as UserId
const codecs = createRecordCodecs()

/** A simulated shop in which the busiest user has the id to look for, also in the ids of their events. */
export function interactionsOfKnown(count: number, users = 20): Interaction[] {
  const events = simulatedInteractions(count, users)
  const busy = events[0].userId
  const rename = <T extends string>(id: T): T => id.replaceAll(busy, GONE) as T
  return events.map((event) => ({
    ...event,
    // What the policy learns from.
    context: event.type === 'impression' ? { ...event.context, channel: 'popular' } : event.context,
    userId: event.userId === busy ? GONE : event.userId,
    eventId: event.userId === busy ? (`${GONE}/${rename(event.eventId)}` as EventId) : event.eventId,
    ...(event.impressionId && event.userId === busy
      ? { impressionId: `${GONE}/${rename(event.impressionId)}` as EventId }
      : {}),
  }))
}

export function recordsOf(events: readonly Interaction[]): OutputRecord[] {
  return events.map((event) => ({
    topic: TOPICS.interactions,
    partition: 0,
    key: Buffer.from(event.userId),
    value: codecs.interaction.encode(event),
    timestamp: event.eventTime,
  }))
}

/** A letter of theirs: an outcome, at the time of `last`, of an impression that nobody saw. Another whose bytes are no record. */
export function badRecordsOfKnown(last: Interaction): OutputRecord[] {
  const orphan = {
    ...last,
    userId: GONE,
    type: 'click',
    eventId: 'orphan' as EventId,
    impressionId: 'none' as EventId,
  }
  const bytes = Buffer.from(JSON.stringify({ userId: GONE, eventTime: 'yesterday' }))
  return [
    ...recordsOf([orphan as Interaction]),
    { topic: TOPICS.interactions, partition: 0, key: Buffer.from(GONE), value: bytes, timestamp: 0 },
  ]
}

/** Tracker, both views and, where it is wanted, the ranker read all there is. The backend must have been chosen. */
export async function workOn(config: Config, world: World, roles: { ranker: boolean }): Promise<void> {
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: roles.ranker })
  await pipeline.finish()
  for (const tracker of pipeline.trackers) await tracker.close()
  pipeline.dispose()
  const view = await UserView.open(world.log, world.codecs, await world.viewStore(VIEW))
  while (await view.follow());
  await view.close()
  const policy = await PolicyView.open(config, world, await world.viewStore(POLICY))
  while (await policy.follow());
  await policy.close()
}

/** Where the audit finds a user, a line a kind of place. */
export async function tracesIn({ dataDir }: Config, user: string = GONE): Promise<string[]> {
  const traces = new Set<string>()
  for await (const { file, place } of auditFolder(dataDir, user, codecs)) {
    traces.add(`${file.replaceAll(/\d{6}\.\w+$|-\d+$/g, '*')} ${place.replace(/@.*/, '')}`)
  }
  return [...traces].sort()
}

/** Files whose plain bytes hold the id, as grep would find it. */
export async function filesHolding({ dataDir }: Config, user: string): Promise<string[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const bytes = await Promise.all(files.map((file) => readFile(file)))
  return files.filter((_, i) => bytes[i].includes(user))
}
