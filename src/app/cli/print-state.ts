import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { Config } from '../config/config-schema.ts'
import { readTopic } from '../report/read-topic.ts'
import { renderState } from '../report/render-state.ts'
import { TOPICS } from '../topics.ts'
import { openWorldAsFound } from '../wire.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'

export async function printState(config: Config, user: string, asJson: boolean): Promise<void> {
  const world = await openWorldAsFound(config)
  try {
    const state = await findState(world.log, world.codecs, user)
    if (!state)
      throw new LifecycleError('unknown-user', `Cannot print the state of ${user}: no such user has been seen`)
    await print(`${asJson ? jsonOf(state, 2) : renderState(state)}\n`)
  } finally {
    await world.close()
  }
}

async function findState(log: Log, codecs: RecordCodecs, user: string): Promise<UserStateRecord | null> {
  const key = new TextEncoder().encode(user)
  let latest: Uint8Array | null = null
  for await (const record of readTopic(log, TOPICS.userStates)) {
    if (record.key && Buffer.compare(record.key, key) === 0) latest = record.value
  }
  return latest && codecs.userState.decodeOwn(latest)
}
