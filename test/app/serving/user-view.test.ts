import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Pipeline } from '../../../src/app/pipeline.ts'
import { UserView } from '../../../src/app/serving/view/user-view.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { DamagedStore } from '../../../src/app/tracker/watch-store.ts'
import { erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { memoryWorld, type World } from '../../../src/app/wire.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import { LifecycleError } from '../../../src/core/contracts/lifecycle-error.ts'
import { openLevelStore } from '../../../src/io/store/level-store.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { FAILURE_SIDES, FailingWrites, WriteFailed } from '../../support/failing-writes.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { replaceCalls } from '../../support/replace-calls.ts'
import { simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const events = simulatedInteractions(3000)
const users = [...new Set(events.map(({ userId }) => userId))]
const config = smallConfig()

async function track(world: World, pipeline: Pipeline, from: number, to: number): Promise<void> {
  await world.log.append(
    events.slice(from, to).map((interaction) => ({
      topic: TOPICS.interactions,
      partition: 0,
      key: Buffer.from(interaction.userId),
      value: world.codecs.interaction.encode(interaction),
      timestamp: interaction.eventTime,
    })),
  )
  await pipeline.finish()
}

/** All that a view says. */
async function contentOf(view: UserView): Promise<unknown> {
  return {
    states: await view.statesOf(users),
    transitions: await Promise.all(users.map((userId) => view.transitionsOf(userId, 1000))),
    counts: view.counts(),
  }
}

/** Takes over everything, and returns in how many batches. */
async function follow(view: UserView): Promise<number> {
  let batches = 0
  while (await view.follow()) batches++
  return batches
}

test('a view that is opened again goes on where it was, and says what one made anew says', async () => {
  const world = await memoryWorld(config)
  const { log, codecs } = world
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  const folder = join(await temporaryFolder(), 'view')
  const reads: number[] = []
  const counting = replaceCalls(log, {
    read: (topic, partition, offset, limit) => {
      reads.push(offset)
      return log.read(topic, partition, offset, limit)
    },
  })
  for (let from = 0; from < events.length; from += 1000) {
    await track(world, pipeline, from, from + 1000)
    const store = await openLevelStore(folder)
    reads.length = 0
    const kept = await UserView.open(counting, codecs, store)
    await follow(kept)
    expect(Math.min(...reads) > 0).toBe(from > 0)
    const fresh = await UserView.open(log, codecs, new MemoryStore())
    await follow(fresh)
    expect(await contentOf(kept)).toEqual(await contentOf(fresh))
    await store.close()
  }
})

test.each(FAILURE_SIDES)(
  'a view takes what it could not read or write, failing %s, when it tries again',
  async (side) => {
    const world = await memoryWorld(config)
    const { log, codecs } = world
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
    await track(world, pipeline, 0, 2000)
    let reads = 0
    const shaky = replaceCalls(log, {
      read: (topic, partition, offset, limit) =>
        topic === TOPICS.stageTransitions && reads++ % 2 === 0
          ? Promise.reject(new LifecycleError('broker-unreachable', 'away', { retryable: true }))
          : log.read(topic, partition, offset, limit),
    })
    // The first two are the view's own, when it is opened.
    const store = FailingWrites.faultAt([3, 4], side).store(new MemoryStore())
    const view = await UserView.open(shaky, codecs, store)
    const failures: unknown[] = []
    for (let tries = 0; tries < 20; tries++) await view.follow().catch((error: unknown) => failures.push(error))
    expect(failures.some((error) => error instanceof WriteFailed)).toBe(true)
    expect(failures.some((error) => error instanceof LifecycleError)).toBe(true)
    const fresh = await UserView.open(log, codecs, new MemoryStore())
    await follow(fresh)
    expect(await contentOf(view)).toEqual(await contentOf(fresh))
  },
)

test('a view is complete once it stands where the topics ended, and not because a read gave nothing', async () => {
  const world = await memoryWorld(config)
  const { log, codecs } = world
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  await track(world, pipeline, 0, 1000)
  let isFetched = false
  const late = replaceCalls(log, {
    read: async (topic, partition, offset, limit) =>
      isFetched ? log.read(topic, partition, offset, limit) : { records: [], nextOffset: offset },
  })
  const view = await UserView.open(late, codecs, new MemoryStore())
  expect(await view.follow()).toBe(false)
  expect(view.whyNotReady()).toBe('The view is being built')
  isFetched = true
  await follow(view)
  expect(view.whyNotReady()).toBeNull()
})

test('a view forgets a user who is erased, and knows one who comes back from then on', async () => {
  const world = await memoryWorld(config)
  const { log, codecs } = world
  const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
  await track(world, pipeline, 0, 2000)
  const kept = await UserView.open(log, codecs, new MemoryStore())
  await follow(kept)
  const erased = await mostMoved(kept)
  await log.append([erasureRecord(0, erased, events[2000].eventTime)])
  await pipeline.finish()
  await follow(kept)
  expect(await kept.stateOf(erased)).toBeNull()
  expect(await kept.transitionsOf(erased, 10)).toEqual([])
  await track(world, pipeline, 2000, 3000)
  await follow(kept)
  const fresh = await UserView.open(log, codecs, new MemoryStore())
  await follow(fresh)
  expect(await contentOf(kept)).toEqual(await contentOf(fresh))
  expect(await kept.stateOf(erased)).not.toBeNull()
})

async function mostMoved(view: UserView): Promise<UserId> {
  const counts = await Promise.all(users.map(async (userId) => (await view.transitionsOf(userId, 1000)).length))
  return users[counts.indexOf(Math.max(...counts))]
}

test('a view of another log is made anew', async () => {
  const store = new MemoryStore()
  const [first, second] = [await memoryWorld(config), await memoryWorld(config)]
  const pipeline = await Pipeline.open(config, first, { tracker: true, ranker: false })
  await track(first, pipeline, 0, 1000)
  const view = await UserView.open(first.log, first.codecs, store)
  await follow(view)
  expect(await view.stateOf(events[0].userId)).not.toBeNull()
  const other = await UserView.open(second.log, second.codecs, store)
  expect(await other.stateOf(events[0].userId)).toBeNull()
  expect(other.counts()).toEqual({ byStage: { new: 0, wander: 0, stick: 0, loyal: 0 }, dormant: 0, asOf: null })
})

test.each(['a request', 'the view itself'])(
  'a store that %s finds damaged is replaced, and the view built anew',
  async (finder) => {
    const world = await memoryWorld(config)
    const { log, codecs } = world
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: false })
    await track(world, pipeline, 0, 2000)
    const damage = new DamagedStore(new LifecycleError('corrupt', 'Cannot read the store: a block is damaged'))
    let isDamaged = false
    const store = new MemoryStore()
    const spoilt = replaceCalls(store, {
      getMany: (keys) => (isDamaged ? Promise.reject(damage) : store.getMany(keys)),
      close: async () => void (isClosed = true),
    })
    let isClosed = false
    const reasons: unknown[] = []
    const view = await UserView.open(log, codecs, spoilt, async (reason) => {
      reasons.push(reason, isClosed)
      return new MemoryStore()
    })
    const running = view.run(QUIET_LOGGER)
    await expect.poll(() => view.completeAtMs).not.toBeNull()
    isDamaged = true
    const failing = finder === 'a request' ? view.statesOf(users) : track(world, pipeline, 2000, 3000)
    await Promise.allSettled([failing])
    await expect.poll(() => reasons).toEqual([damage, true])
    await expect.poll(() => view.completeAtMs).not.toBeNull()
    const fresh = await UserView.open(log, codecs, new MemoryStore())
    await follow(fresh)
    expect(await contentOf(view)).toEqual(await contentOf(fresh))
    view.stop()
    await running
  },
)
