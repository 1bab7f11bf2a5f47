import { beforeEach, describe, expect, test } from 'vitest'
import { LiveBoard } from '../../../src/app/cli/live-board.ts'
import { RateMeter } from '../../../src/app/cli/rate-meter.ts'
import { Trend } from '../../../src/app/cli/trend.ts'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { memoryWorld, type World } from '../../../src/app/wire.ts'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import type { UserStateRecord } from '../../../src/core/contracts/user-state-record.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

describe('the live board', () => {
  let world: World
  let board: LiveBoard

  beforeEach(async () => {
    world = await memoryWorld(await loadConfig({ environment: {}, flags: [['partitions', '2']] }))
    board = new LiveBoard(world.log, world.codecs)
  })

  const append = (topic: string, partition: number, key: string, value: Uint8Array | null) =>
    world.log.append([{ topic, partition, key: Buffer.from(key), value, timestamp: 0 }])
  const putUser = (userId: string, partition: number, change: Partial<UserStateRecord> | null) =>
    append(
      TOPICS.userStates,
      partition,
      userId,
      change && world.codecs.userState.encode({ ...SAMPLE_RECORDS.userState, userId: userId as UserId, ...change }),
    )

  test('follows users from stage to stage, asleep and awake, until they are erased', async () => {
    await putUser('a', 0, { stage: 'new' })
    await putUser('b', 1, { stage: 'new', dormant: true })
    await board.follow()
    expect(board).toMatchObject({ userCount: 2, dormant: 1, usersByStage: { new: 2, wander: 0, stick: 0, loyal: 0 } })

    await putUser('a', 0, { stage: 'loyal' })
    await putUser('b', 1, { stage: 'new', dormant: false })
    await board.follow()
    expect(board).toMatchObject({ userCount: 2, dormant: 0, usersByStage: { new: 1, wander: 0, stick: 0, loyal: 1 } })

    await putUser('a', 0, null)
    await board.follow()
    expect(board).toMatchObject({ userCount: 1, usersByStage: { new: 1, wander: 0, stick: 0, loyal: 0 } })
  })

  test('counts transitions and alerts and keeps the latest twelve', async () => {
    const { stageTransition, lifecycleAlert } = SAMPLE_RECORDS
    for (let i = 0; i < 15; i++) {
      const transition = { ...stageTransition, userId: `u${i}` as UserId }
      await append(TOPICS.stageTransitions, 0, 'u', world.codecs.stageTransition.encode(transition))
      const alert = { ...lifecycleAlert, status: 'firing' as const, subject: `u${i}` }
      await append(TOPICS.lifecycleAlerts, 0, 'u', world.codecs.lifecycleAlert.encode(alert))
    }
    const silent = world.codecs.stageTransition.encode({ ...stageTransition, reason: 'dormant' })
    await append(TOPICS.stageTransitions, 0, 'u', silent)
    await board.follow()
    await board.follow()
    expect(board).toMatchObject({ transitionCount: 15, alertCount: 15 })
    const latest = Array.from({ length: 12 }, (_, i) => `u${i + 3}`)
    expect(board.transitions.map(({ userId }) => userId)).toEqual(latest)
    expect(board.alerts.map(({ subject }) => subject)).toEqual(latest)
  })
})

test('the rate meter tells the growth over the last five seconds', () => {
  const meter = new RateMeter()
  expect(meter.rate(100, 0)).toBe(0)
  expect(meter.rate(300, 1000)).toBe(200)
  for (let second = 2; second <= 20; second++) meter.rate(300 + (second - 1) * 50, second * 1000)
  expect(meter.rate(300 + 20 * 50, 21_000)).toBe(50)
})

test('a trend keeps evenly spaced values of any run, and leaves unknown ones out', () => {
  const trend = new Trend()
  for (let i = 0; i < 1000; i++) {
    trend.add(Number.NaN)
    trend.add(i)
    expect(trend.values.length).toBeLessThan(64)
  }
  const [first, second] = trend.values
  expect(first).toBe(0)
  expect(trend.values).toEqual(trend.values.map((_, i) => i * second))
  expect(trend.values.at(-1)).toBeGreaterThan(900)
})
