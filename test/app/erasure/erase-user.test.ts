import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../../src/app/config/config-schema.ts'
import { eraseUser } from '../../../src/app/erasure/erase-user.ts'
import { Eraser } from '../../../src/app/erasure/eraser.ts'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { readTopic } from '../../../src/app/report/read-topic.ts'
import { POLICY, VIEW } from '../../../src/app/serving/view/view-name.ts'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { openWorld } from '../../../src/app/wire.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import type { OutputRecord } from '../../../src/io/log/log.ts'
import { createRecordCodecs } from '../../../src/io/schemas/record-codecs.ts'
import {
  badRecordsOfKnown,
  filesHolding,
  GONE,
  interactionsOfKnown,
  recordsOf,
  tracesIn,
  workOn,
} from '../../support/known-user.ts'
import { smallConfig } from '../../support/small-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const codecs = createRecordCodecs()

beforeAll(async () => {
  await chooseBackend('wasm')
})

const EVENTS = interactionsOfKnown(1000)
const FIRST = EVENTS.slice(0, 800)

async function configIn(folder: string): Promise<Config> {
  return { ...smallConfig({ sliceSize: 200, batchSize: 64, bundleEvery: 256 }), dataDir: join(folder, 'data') }
}

/** A folder in which tracker, ranker and view know the user, with an old store put aside. */
async function knownFolder(): Promise<Config> {
  const config = await configIn(await temporaryFolder())
  const world = await openWorld(config, 'test')
  await world.log.append([...recordsOf(FIRST), ...badRecordsOfKnown(FIRST[799])])
  await workOn(config, world, { ranker: true })
  await world.close()
  const aside = join(config.dataDir, 'store', '7.quarantined-1')
  await mkdir(aside, { recursive: true })
  await writeFile(join(aside, '000003.log'), `broken bytes of ${GONE}`)
  return config
}

async function erase(config: Config, user: UserId = GONE): Promise<string | null> {
  const world = await openWorld(config, 'test')
  try {
    return await eraseUser(config, world, user, Date.UTC(2026, 0, 1))
  } finally {
    await world.close()
  }
}

async function statesIn(config: Config): Promise<Map<string, string | null>> {
  const world = await openWorld(config, 'test')
  const states = new Map<string, string | null>()
  for await (const { key, value } of readTopic(world.log, TOPICS.userStates)) {
    states.set(Buffer.from(key!).toString(), value && Buffer.from(value).toString('hex'))
  }
  await world.close()
  return states
}

describe('erasure of a user from a data folder', () => {
  test('leaves no trace in any store, topic, table or file, and the work goes on', async () => {
    const config = await knownFolder()
    const known = await tracesIn(config)
    for (const place of ['interactions/0', 'training-examples/0', 'predictions/0', 'dead-letters/0', 'checkpoints/0']) {
      expect(known).toEqual(expect.arrayContaining([expect.stringContaining(place)]))
    }
    for (const name of [VIEW, POLICY]) expect(known.some((trace) => trace.startsWith(`${name}/`))).toBe(true)
    expect(known.some((trace) => trace.startsWith('store/0/'))).toBe(true)
    expect(await filesHolding(config, GONE)).not.toEqual([])

    expect(await erase(config)).toBeNull()
    expect(await tracesIn(config)).toEqual([])
    expect(await filesHolding(config, GONE)).toEqual([])

    // After a restart the rest of the stream is tracked, and the user may come back.
    const world = await openWorld(config, 'test')
    await world.log.append(recordsOf(EVENTS.slice(800)))
    await workOn(config, world, { ranker: true })
    await world.close()
    expect((await statesIn(config)).get(GONE)).not.toBeNull()
    expect(await erase(config)).toBeNull()
    expect(await tracesIn(config)).toEqual([])
    expect(await filesHolding(config, GONE)).toEqual([])
  })

  test('leaves the states of all others as they were, byte for byte, also when they are rebuilt from the log', async () => {
    const config = await knownFolder()
    const before = await statesIn(config)
    await erase(config)
    const after = await statesIn(config)
    expect(after.has(GONE)).toBe(false)
    before.delete(GONE)
    expect(Object.fromEntries(after)).toEqual(Object.fromEntries(before))

    // Without a ranker the states are a function of the events alone: what is left of them gives the same ones.
    const replayed = await configIn(await temporaryFolder())
    const [from, to] = [await openWorld(config, 'test'), await openWorld(replayed, 'test')]
    const left: OutputRecord[] = []
    for await (const record of readTopic(from.log, TOPICS.interactions)) {
      left.push({ ...record, topic: TOPICS.interactions, partition: 0 })
    }
    await to.log.append(left)
    await workOn(replayed, to, { ranker: false })
    await Promise.all([from.close(), to.close()])
    expect([...(await statesIn(replayed)).keys()].sort()).toEqual([...before.keys()].sort())
  })

  test('keeps what came after the tombstone when the user is back before the erasure is finished', async () => {
    const config = await configIn(await temporaryFolder())
    const world = await openWorld(config, 'test')
    await world.log.append([
      ...recordsOf(FIRST),
      erasureRecord(0, GONE, FIRST[799].eventTime),
      ...recordsOf(EVENTS.slice(800)),
    ])
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
    await pipeline.finish()
    const eraser = (await Eraser.open(world, pipeline, null))!
    expect(await eraser.settle()).toEqual([GONE])
    pipeline.dispose()
    await world.close()

    const again = EVENTS.slice(800).filter(({ userId }) => userId === GONE)
    expect(again.length).toBeGreaterThan(0)
    const reopened = await openWorld(config, 'test')
    const kept: (string | null)[] = []
    for await (const { key, value } of readTopic(reopened.log, TOPICS.interactions)) {
      if (Buffer.from(key!).toString() !== GONE) continue
      const decoded = value && codecs.interaction.decodeOwn(value)
      kept.push(decoded && decoded.eventId)
    }
    expect(kept).toEqual(again.map(({ eventId }) => eventId))
    // The state after the return is a new user's, and survives the loss of the store.
    await reopened.close()
    const state = (await statesIn(config)).get(GONE)!
    expect(codecs.userState.decodeOwn(Buffer.from(state, 'hex')).tasks[0].trials).toBeLessThanOrEqual(again.length)
  })

  test('goes on after a restart when the process dies before the log is rewritten, and in the middle of it', async () => {
    for (const dyingAt of [TOPICS.changelog, TOPICS.interactions, 'purge'] as const) {
      const config = await knownFolder()
      const world = await openWorld(config, 'test')
      const { upkeep } = world.log
      const dying = {
        remove: async (...[topic, partition, removal]: Parameters<NonNullable<typeof upkeep>['remove']>) => {
          if (topic === dyingAt) throw new Error('died')
          return upkeep!.remove(topic, partition, removal)
        },
        purge: async () => {
          if (dyingAt === 'purge') throw new Error('died')
          return upkeep!.purge()
        },
        mark: (nowMs: number) => upkeep!.mark(nowMs),
        expire: upkeep!.expire.bind(upkeep),
        positions: upkeep!.positions.bind(upkeep),
        memory: () => upkeep!.memory(),
      }
      const log = new Proxy(world.log, {
        get: (target, name) => {
          if (name === 'upkeep') return dying
          const held: unknown = Reflect.get(target, name, target)
          return typeof held === 'function' ? held.bind(target) : held
        },
      })
      await expect(eraseUser(config, { ...world, log }, GONE, Date.UTC(2026, 0, 1))).rejects.toThrow('died')
      await world.close()
      expect({ dyingAt, traces: await tracesIn(config) }).not.toEqual({ dyingAt, traces: [] })

      const again = await openWorld(config, 'test')
      const pipeline = await Pipeline.open(config, again, { tracker: true, ranker: true })
      await (await Eraser.open(again, pipeline, null))!.settle()
      pipeline.dispose()
      await again.close()
      expect({ dyingAt, traces: await tracesIn(config), files: await filesHolding(config, GONE) }).toEqual({
        dyingAt,
        traces: [],
        files: [],
      })
    }
  })

  test('waits for a ranker that has not read the tombstone', async () => {
    const config = await knownFolder()
    const world = await openWorld(config, 'test')
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
    await world.log.append([erasureRecord(0, GONE, FIRST[799].eventTime)])
    await pipeline.finish()
    const eraser = (await Eraser.open(world, pipeline, null))!
    expect(await eraser.settle()).toEqual([])
    expect(eraser.waiting).toBe(1)
    expect(await eraser.whyWaiting()).toBe('ranker has not read partition 0 of training-examples')
    await world.close()
    expect(await tracesIn(config)).not.toEqual([])
  })
})
