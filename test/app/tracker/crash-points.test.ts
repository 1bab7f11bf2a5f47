import { beforeAll, describe, expect, test } from 'vitest'
import { trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { TRACKER_GROUP } from '../../../src/app/pipeline.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import type { Interaction } from '../../../src/core/contracts/interaction.ts'
import type { OutputRecord } from '../../../src/io/log/log.ts'
import { advanceRecord, erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { type Dump, firstDifference } from '../../support/first-difference.ts'
import { FAILURE_SIDES, FailingWrites, WriteFailed } from '../../support/failing-writes.ts'
import { displacedInteractions, simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'
import { TrackerBench } from '../../support/tracker-bench.ts'
import { interaction, testBundle } from '../../support/tracker-settings.ts'

const SETTINGS = trackerSettingsOf(smallConfig())
const SLICE = 125
const EVENTS = 1000
/** A commit and a store batch per slice. */
const WRITES = (2 * EVENTS) / SLICE

const events: Interaction[] = displacedInteractions(simulatedInteractions(EVENTS - 6, 25), 10, 100)

/** The input in the log, with all kinds of records, and two bundles that come in its middle. */
async function benchWithInput(): Promise<TrackerBench> {
  const bench = await TrackerBench.create()
  const { eventTime: middle } = events[EVENTS / 2]
  const { eventTime: end } = events[events.length - 1]
  const erased = events[EVENTS / 2].userId
  const unknownImpression = interaction('click', erased, middle, { eventId: 'x' as never, impressionId: 'y' as never })
  const broken: OutputRecord = {
    topic: TOPICS.interactions,
    partition: 0,
    key: Buffer.from(erased),
    value: Buffer.from('no record'),
    timestamp: middle,
  }
  const duplicate = events[EVENTS / 2 - 1]
  await bench.log.append([
    ...bench.recordsOf(events.slice(0, EVENTS / 2)),
    ...bench.recordsOf([duplicate, unknownImpression]),
    broken,
    erasureRecord(0, erased, middle),
    ...bench.recordsOf(events.slice(EVENTS / 2)),
    advanceRecord(0, end + 3_600_000),
    advanceRecord(0, end + 86_400_000),
  ])
  return bench
}

/** A run that meets its bundles at the same slices, whoever tracks them. */
async function finish(bench: TrackerBench, failures?: FailingWrites, survives = false): Promise<void> {
  let tracker = await bench.open({ settings: SETTINGS, sliceSize: SLICE, failures })
  for (;;) {
    try {
      await publishDue(bench)
      if ((await tracker.step({ partial: true })) === 0) return
    } catch (error) {
      if (!(error instanceof WriteFailed)) throw error
      if (!survives) tracker = await bench.open({ settings: SETTINGS, sliceSize: SLICE })
    }
  }
}

async function publishDue(bench: TrackerBench): Promise<void> {
  const nextOffset = (await bench.log.committed(TRACKER_GROUP, TOPICS.interactions, 0)) ?? 0
  for (const [version, from] of [
    [1, 2 * SLICE],
    [2, 6 * SLICE],
  ]) {
    const published = await bench.log.endOffset(TOPICS.modelBundles, 0)
    if (nextOffset >= from && published < version) await bench.publish(testBundle(version, SETTINGS))
  }
}

const POINTS = FAILURE_SIDES.flatMap((side) => Array.from({ length: WRITES }, (_, i) => [i + 1, side] as const))

describe('partition tracker', () => {
  let expected: Dump
  const uninterrupted = FailingWrites.never()

  beforeAll(async () => {
    const bench = await benchWithInput()
    await finish(bench, uninterrupted)
    expected = await bench.dump(SETTINGS)
  })

  const differenceOf = async (bench: TrackerBench) => firstDifference(await bench.dump(SETTINGS), expected)

  test('writes a commit and then a batch of the store for each slice, and outputs of every kind', () => {
    expect(uninterrupted.asked).toEqual(
      Array.from({ length: WRITES }, (_, i) => (i % 2 === 0 ? 'commit tracker' : 'apply store')),
    )
    expect(expected.stores[0].lostTimers).toEqual([])
    for (const topic of [
      TOPICS.userStates,
      TOPICS.stageTransitions,
      TOPICS.lifecycleAlerts,
      TOPICS.trainingExamples,
      TOPICS.deadLetters,
    ]) {
      expect([topic, expected.topics[topic].length > 2]).toEqual([topic, true])
    }
  })

  test.each(POINTS)('ends the same after a crash in write %i, %s it took effect', async (write, side) => {
    const bench = await benchWithInput()
    const failures = FailingWrites.crashAt(write, side)
    await finish(bench, failures)
    expect(failures.crashed).toBe(true)
    expect(await differenceOf(bench)).toBeNull()
  })

  test.each(POINTS)('goes on after a fault in write %i, %s it took effect', async (write, side) => {
    const bench = await benchWithInput()
    await finish(bench, FailingWrites.faultAt([write], side), true)
    expect(await differenceOf(bench)).toBeNull()
  })

  test.each(FAILURE_SIDES)(
    'goes on after faults in all of commit, store and restore, %s they took effect',
    async (side) => {
      const bench = await benchWithInput()
      await finish(bench, FailingWrites.faultAt([4, 5, 6, 7, 10, 11, 12, 17], side), true)
      expect(await differenceOf(bench)).toBeNull()
    },
  )

  test.each(FAILURE_SIDES)(
    'reports the fault of the step and not that of the restore behind it, %s it took effect',
    async (side) => {
      const bench = await benchWithInput()
      const tracker = await bench.open({
        settings: SETTINGS,
        sliceSize: SLICE,
        failures: FailingWrites.faultAt([2, 3], side),
      })
      await expect(tracker.step({ partial: true })).rejects.toThrow('write 2 (apply store)')
    },
  )

  test('ends the same when every process dies after one slice', async () => {
    const bench = await benchWithInput()
    for (let died = true; died;) {
      const failures = FailingWrites.crashAt(3, 'before')
      await finishOrDie(bench, failures)
      died = failures.crashed
    }
    expect(await differenceOf(bench)).toBeNull()
  })

  test.each(FAILURE_SIDES)(
    'restores a deleted store in spite of crashes in every write of it, %s it took effect',
    async (side) => {
      const bench = await TrackerBench.create()
      await bench.send(...simulatedInteractions(6000, 400))
      await bench.run({ settings: SETTINGS, sliceSize: 1000 })
      const { stores } = await bench.dump(SETTINGS)
      let write = 1
      for (; ; write++) {
        bench.stores[0] = new MemoryStore()
        const failures = FailingWrites.crashAt(write, side)
        await finishOrDie(bench, failures)
        if (!failures.crashed) break
        await bench.open({ settings: SETTINGS })
        expect((await bench.dump(SETTINGS)).stores).toEqual(stores)
      }
      expect(write).toBeGreaterThan(2)
    },
  )
})

async function finishOrDie(bench: TrackerBench, failures: FailingWrites): Promise<void> {
  try {
    const tracker = await bench.open({ settings: SETTINGS, sliceSize: SLICE, failures })
    for (;;) {
      await publishDue(bench)
      if ((await tracker.step({ partial: true })) === 0) return
    }
  } catch (error) {
    if (!(error instanceof WriteFailed)) throw error
  }
}
