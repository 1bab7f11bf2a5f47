import { expect, test, vi } from 'vitest'
import { createMetrics } from '../../../src/app/observability/metrics.ts'
import { SkewWatch } from '../../../src/app/replay/skew-watch.ts'
import { KeptWorld } from '../../support/kept-world.ts'
import { QUIET_LOGGER } from '../../support/kafka/kafka-settings.ts'
import { replaceCalls } from '../../support/replace-calls.ts'
import { smallConfig } from '../../support/small-config.ts'
import { type SkewObservation, SkewMeter } from '../../../src/app/replay/skew-meter.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { advanceRecord, erasureRecord } from '../../../src/app/tracker/read-input.ts'
import { decodeUserState, encodeUserState } from '../../../src/core/user-state/user-state-codec.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { displacedInteractions, simulatedInteractions } from '../../support/simulated-interactions.ts'
import { drain, TrackerBench } from '../../support/tracker-bench.ts'
import { HOUR_MS, TEST_SETTINGS, testBundle } from '../../support/tracker-settings.ts'
import { storeEntries } from '../../../src/app/replay/store-entries.ts'

const input = displacedInteractions(simulatedInteractions(600), 10, 100)

function meterOf(bench: TrackerBench, share = 1, maxUsers = 1000): SkewMeter {
  const { log, codecs } = bench
  return new SkewMeter({ log, codecs, partition: 0, share, maxUsers, seed: 5, store: () => new MemoryStore() })
}

/** Looks after each of six pieces of the input, with bundles, an erasure and an idle advance on the way. */
async function looksOf(
  share: number,
  maxUsers?: number,
  atPiece: (bench: TrackerBench, piece: number) => Promise<void> = async () => {},
) {
  const bench = await TrackerBench.create()
  const meter = meterOf(bench, share, maxUsers)
  const looks: SkewObservation[] = []
  for (let piece = 0; piece < 6; piece++) {
    const events = input.slice(piece * 100, (piece + 1) * 100)
    await bench.send(...events)
    if (piece === 2) await bench.log.append([erasureRecord(0, events[0].userId, events[99].eventTime)])
    if (piece === 4) await bench.log.append([advanceRecord(0, events[99].eventTime + HOUR_MS)])
    // Each piece by another tracker on the same store, as after a restart.
    await drain(await bench.open({ sliceSize: 64 }))
    await bench.publish(testBundle(piece + 1))
    await atPiece(bench, piece)
    looks.push(await meter.look())
  }
  await meter.close()
  return { looks, bench }
}

test('a skew meter finds no difference in a run with bundles, restarts, an erasure and an idle advance', async () => {
  const { looks } = await looksOf(1)
  expect(looks.map(({ differing }) => differing)).toEqual([0, 0, 0, 0, 0, 0])
  // The first look only begins.
  expect(looks[0].checked).toBe(0)
  for (const { checked } of looks.slice(1)) expect(checked).toBeGreaterThan(3)
})

test('a skew meter looks at its share of the users, and at no more than it may', async () => {
  const { looks } = await looksOf(0.3)
  const checked = looks.at(-1)!.checked
  expect(checked).toBeGreaterThan(0)
  expect(checked).toBeLessThan(10)
  const few = await looksOf(1, 4)
  expect(few.looks.at(-1)!.checked).toBeLessThanOrEqual(4)
})

test('a skew meter finds a store that was damaged under the tracker, once the user has an event, and tells it once', async () => {
  const { looks } = await looksOf(1, undefined, async (bench, piece) => {
    if (piece !== 2) return
    const position = (await bench.stores[0].position())!
    for await (const { key, value } of storeEntries(bench.stores[0], Buffer.from('u'), Buffer.from('v'))) {
      const state = decodeUserState(value)
      for (const evidence of state.evidence) evidence.successWeight += 3
      await bench.stores[0].apply({ entries: [{ key, value: encodeUserState(state) }], position })
    }
  })
  expect(looks.slice(0, 3).map(({ differing }) => differing)).toEqual([0, 0, 0])
  expect(looks[3].differing).toBeGreaterThan(2)
  expect(looks[3].first).toMatchObject({ place: 'changelog', field: 'evidence[0].successWeight' })
})

test('a skew meter finds a state that was published otherwise than it is kept', async () => {
  let userId = ''
  const { looks } = await looksOf(1, undefined, async (bench, piece) => {
    if (piece !== 3) return
    const [last] = (await bench.records(TOPICS.userStates)).slice(-1)
    userId = Buffer.from(last.key!).toString()
    const state = bench.codecs.userState.decodeOwn(last.value!)
    const value = bench.codecs.userState.encode({ ...state, ruleVersion: 'talk-paper-1' })
    await bench.log.append([{ topic: TOPICS.userStates, partition: 0, key: last.key, value, timestamp: 0 }])
  })
  expect(looks.map(({ differing }) => differing)).toEqual([0, 0, 0, 1, 0, 0])
  expect(looks[3].first).toMatchObject({ userId, place: 'user-states', field: 'rule version', found: 'talk-paper-1' })
})

test('a skew meter begins anew where more has come than it may replay', async () => {
  const bench = await TrackerBench.create()
  const { log, codecs } = bench
  const meter = new SkewMeter({
    log,
    codecs,
    partition: 0,
    share: 1,
    maxUsers: 1000,
    seed: 5,
    maxRecords: 50,
    store: () => new MemoryStore(),
  })
  const looks: SkewObservation[] = []
  for (const [from, to] of [
    [0, 100],
    [100, 140],
    [140, 240],
    [240, 280],
  ]) {
    await bench.send(...input.slice(from, to))
    await bench.run({ settings: TEST_SETTINGS })
    looks.push(await meter.look())
  }
  expect(looks.map(({ skipped, checked }) => [skipped, checked > 0])).toEqual([
    [true, false],
    [false, true],
    [true, false],
    [false, true],
  ])
  expect(looks.map(({ differing }) => differing)).toEqual([0, 0, 0, 0])
})

test('a skew watch counts for the metrics, and outlives a log that cannot be read', async () => {
  const config = smallConfig()
  const kept = await KeptWorld.create({
    ...config,
    verification: { sampleShare: 1, maxUsers: 100, everySeconds: 0.02 },
  })
  const bench = await TrackerBench.create()
  const pipeline = await kept.openPipeline(kept.world(), { tracker: true, ranker: false })
  let fails = true
  const world = kept.world()
  const log = replaceCalls(world.log, {
    endOffset: async (topic, partition) => {
      if (fails) throw new Error('not now')
      return world.log.endOffset(topic, partition)
    },
  })
  const watch = SkewWatch.start(kept.config, { ...world, log }, () => [0], QUIET_LOGGER)
  await new Promise((resolve) => setTimeout(resolve, 50))
  fails = false
  for (let at = 0; at < 400; at += 50) {
    await kept.log.append(bench.recordsOf(input.slice(at, at + 50)))
    await pipeline.finish()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  await vi.waitFor(() => expect(watch.totals().get(0)?.checked).toBeGreaterThan(5), 5000)
  await watch.stop()
  expect(watch.totals().get(0)!.differing).toBe(0)
  const metrics = createMetrics({
    log: kept.log,
    trackers: () => new Map([[0, null]]),
    restoring: () => new Map(),
    trainer: () => null,
    skew: () => watch.totals(),
  })
  const text = await metrics.metrics()
  expect(text).toContain(`stan_state_skew_checked_total{partition="0"} ${watch.totals().get(0)!.checked}`)
  expect(text).toContain('stan_state_skew_differing_total{partition="0"} 0')
  kept.dispose()
})

test('a skew meter begins in the middle of a history', async () => {
  const bench = await TrackerBench.create()
  await bench.publish(testBundle(1))
  await bench.send(...input.slice(0, 400))
  await bench.run({ settings: TEST_SETTINGS })
  const meter = meterOf(bench)
  expect(await meter.look()).toMatchObject({ checked: 0 })
  await bench.send(...input.slice(400))
  await bench.run({ settings: TEST_SETTINGS })
  const { checked, differing } = await meter.look()
  expect({ checked: checked > 4, differing }).toEqual({ checked: true, differing: 0 })
})
