import { expect, test } from 'vitest'
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
