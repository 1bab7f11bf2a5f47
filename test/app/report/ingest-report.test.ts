import { beforeEach, describe, expect, test } from 'vitest'
import type { UserId } from '../../../src/core/contracts/ids.ts'
import type { Stage } from '../../../src/core/contracts/stage.ts'
import type { TransitionReason } from '../../../src/core/contracts/stage-transition.ts'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import {
  countDeadLetters,
  countTransitions,
  countUsersByStage,
  secondHalfMetrics,
} from '../../../src/app/report/ingest-report.ts'
import { deadLetterHeaders } from '../../../src/io/schemas/dead-letter-headers.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { memoryWorld, type World } from '../../../src/app/wire.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

const PARTITIONS = 2
let world: World

beforeEach(async () => {
  world = await memoryWorld(await loadConfig({ environment: {}, flags: [['partitions', `${PARTITIONS}`]] }))
})

async function append(topic: string, partition: number, key: string | null, value: Uint8Array | null): Promise<void> {
  await world.log.append([{ topic, partition, key: key === null ? null : Buffer.from(key), value, timestamp: 0 }])
}

async function putUser(userId: string, partition: number, stage: Stage | null): Promise<void> {
  const state = stage && { ...SAMPLE_RECORDS.userState, userId: userId as UserId, stage }
  await append(TOPICS.userStates, partition, userId, state && world.codecs.userState.encode(state))
}

async function putTransition(partition: number, from: Stage, to: Stage, reason: TransitionReason = 'evidence') {
  const transition = { ...SAMPLE_RECORDS.stageTransition, from, to, reason }
  await append(TOPICS.stageTransitions, partition, 'u', world.codecs.stageTransition.encode(transition))
}

test('users are counted by their latest stage, in all partitions, without the erased ones', async () => {
  await putUser('a', 0, 'new')
  await putUser('b', 1, 'loyal')
  await putUser('c', 1, 'loyal')
  await putUser('a', 0, 'wander')
  await putUser('c', 1, null)
  expect(await countUsersByStage(world.log, world.codecs)).toEqual({ new: 0, wander: 1, stick: 0, loyal: 1 })
})

test('transitions are counted from stage to stage; falling silent and coming back are none', async () => {
  await putTransition(0, 'new', 'stick')
  await putTransition(1, 'new', 'stick')
  await putTransition(1, 'new', 'wander')
  await putTransition(0, 'loyal', 'new')
  await putTransition(0, 'loyal', 'loyal', 'dormant')
  await putTransition(0, 'loyal', 'loyal', 'returned')
  expect(await countTransitions(world.log, world.codecs)).toEqual({
    new: { stick: 2, wander: 1 },
    loyal: { new: 1 },
  })
})

test('dead letters are counted in all partitions', async () => {
  const headers = (origin: string) =>
    deadLetterHeaders(
      { cause: 'out-of-range', field: 'value', reason: 'r', origin, bytes: Buffer.from('x'), byteLength: 1 },
      { timestamp: 0, attempt: 1 },
    )
  const letter = { topic: TOPICS.deadLetters, key: null, value: Buffer.from('x'), timestamp: 0 }
  await world.log.append([
    { ...letter, partition: 0, headers: headers('f:1') },
    { ...letter, partition: 1, headers: headers('f:2') },
    // The mark that a replay leaves.
    { ...letter, partition: 1, value: null },
  ])
  expect(await countDeadLetters(world.log)).toBe(2)
})

async function predict(rows: readonly (readonly [score: number, label: number, trial?: boolean])[]): Promise<void> {
  for (const [score, label, trial = true] of rows) {
    const tasks = [
      { task: 'a', trial, score, label },
      { task: 'b', trial: true, score: 0.5, label: 1 },
    ]
    await append(TOPICS.predictions, 0, 'u', world.codecs.prediction.encode({ ...SAMPLE_RECORDS.prediction, tasks }))
  }
}

describe('metrics of the second half', () => {
  test('leave the first half out', async () => {
    // The first half is ranked wrongly, the second rightly.
    await predict([
      [0.9, 0],
      [0.1, 1],
      [0.2, 0],
      [0.8, 1],
    ])
    const { a, b } = await secondHalfMetrics(world.log, world.codecs, ['a', 'b'])
    expect(a).toMatchObject({ auc: 1, positives: 1, examples: 2 })
    expect(a.logLoss).toBeCloseTo(-Math.log(0.8), 6)
    expect(a.pcoc).toBeCloseTo(1, 6)
    expect(b).toMatchObject({ auc: Number.NaN, positives: 2, examples: 2 })
  })

  test('give the middle one of an odd number to the second half', async () => {
    await predict([
      [0.9, 0],
      [0.5, 1],
      [0.5, 0],
    ])
    expect((await secondHalfMetrics(world.log, world.codecs, ['a', 'b'])).a.examples).toBe(2)
  })

  test('leave out trials that did not happen and labels that are not known', async () => {
    await predict([
      [0.5, 0],
      [0.5, 0],
      [0.5, 0],
      [0.5, Number.NaN],
      [0.5, 1, false],
      [0.5, 1],
    ])
    expect((await secondHalfMetrics(world.log, world.codecs, ['a', 'b'])).a).toMatchObject({
      positives: 1,
      examples: 1,
    })
  })

  test('of no predictions are not a number', async () => {
    const { a } = await secondHalfMetrics(world.log, world.codecs, ['a'])
    expect(a).toMatchObject({ auc: Number.NaN, logLoss: Number.NaN, positives: 0, examples: 0 })
  })
})
