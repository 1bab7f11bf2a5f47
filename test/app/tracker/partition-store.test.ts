import { describe, expect, test } from 'vitest'
import { trackerSettingsOf } from '../../../src/app/config/compile-config.ts'
import { originEntry } from '../../../src/app/tracker/restore-store.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { firstDifference } from '../../support/first-difference.ts'
import { displacedInteractions, simulatedInteractions } from '../../support/simulated-interactions.ts'
import { smallConfig } from '../../support/small-config.ts'
import { TrackerBench } from '../../support/tracker-bench.ts'
import { interaction, START_MS, testBundle } from '../../support/tracker-settings.ts'

const SMALL = trackerSettingsOf(smallConfig())

describe('state store of a partition tracker', () => {
  const input = displacedInteractions(simulatedInteractions(6000, 400), 10, 200)

  /** Half of the input tracked, the store replaced by `change`, and the other half tracked. */
  async function runWith(change: (bench: TrackerBench) => Promise<void>) {
    const bench = await TrackerBench.create()
    await bench.publish(testBundle(1, SMALL))
    await bench.send(...input.slice(0, 4000))
    await bench.run({ settings: SMALL, sliceSize: 500 })
    await change(bench)
    await bench.send(...input.slice(4000))
    await bench.run({ settings: SMALL, sliceSize: 500 })
    return bench.dump(SMALL)
  }

  test('comes back from the changelog when it was deleted, and the outputs go on the same', async () => {
    const kept = await runWith(async () => {})
    let restored: Awaited<ReturnType<TrackerBench['dump']>>['stores'] = []
    const deleted = await runWith(async (bench) => {
      const before = (await bench.dump(SMALL)).stores
      expect(before[0].entries.length).toBeGreaterThan(500)
      // More than one read of the restore.
      expect((await bench.records(TOPICS.changelog)).length).toBeGreaterThan(2000)
      bench.stores[0] = new MemoryStore()
      await bench.open({ settings: SMALL })
      restored = (await bench.dump(SMALL)).stores
      expect(restored).toEqual(before)
    })
    expect(restored[0].lostTimers).toEqual([])
    expect(firstDifference(deleted, kept)).toBeNull()
  })

  test('is brought forward when an old copy of it was put back', async () => {
    const kept = await runWith(async () => {})
    const old = await TrackerBench.create()
    await old.publish(testBundle(1, SMALL))
    await old.send(...input.slice(0, 2000))
    await old.run({ settings: SMALL, sliceSize: 500 })
    const put = await runWith(async (bench) => {
      // An old copy of this log's store: the other log stands in for this one as it was.
      const position = (await old.stores[0].position())!
      await old.stores[0].apply({ entries: [originEntry(bench.log, 0)], position })
      bench.stores[0] = old.stores[0]
    })
    expect(firstDifference(put, kept)).toBeNull()
  })

  describe('whose position the input no longer has', () => {
    async function opening(positionBelowStart: 'fail' | 'earliest' | 'latest') {
      const bench = await TrackerBench.create()
      await bench.send(...input.slice(0, 10))
      await bench.run()
      await bench.send(...input.slice(10, 30))
      // What retention does in a log that deletes.
      bench.log.startOffset = async (topic) => (topic === TOPICS.interactions ? 20 : 0)
      return bench.open({ positionBelowStart })
    }

    test('is refused by default', async () => {
      const message = expect.stringContaining('its state stands at offset 10, the topic begins at 20')
      await expect(opening('fail')).rejects.toMatchObject({ code: 'position-below-start', message })
    })

    test('goes on where the input begins, or where it ends, when told to', async () => {
      expect((await opening('earliest')).nextOffset).toBe(20)
      expect((await opening('latest')).nextOffset).toBe(30)
    })
  })

  test('of another log is refused as corrupt, with both names', async () => {
    const bench = await TrackerBench.create()
    await sendOne(bench)
    await bench.run()
    const other = await TrackerBench.create()
    await sendOne(other)
    await other.run()
    bench.stores[0] = other.stores[0]
    await expect(bench.open()).rejects.toMatchObject({
      code: 'corrupt',
      message: `Cannot use the state store of partition 0: it belongs to ${other.log.id}/0, not to ${bench.log.id}/0`,
    })
  })

  test('that is ahead of the log is refused as corrupt', async () => {
    const bench = await TrackerBench.create()
    await sendOne(bench)
    await bench.run()
    const { nextOffset, changelogOffset } = (await bench.stores[0].position())!
    expect(await bench.log.endOffset(TOPICS.changelog, 0)).toBe(changelogOffset)
    for (const position of [
      { nextOffset: nextOffset + 1, changelogOffset },
      { nextOffset, changelogOffset: changelogOffset + 1 },
    ]) {
      await bench.stores[0].apply({ entries: [], position })
      await expect(bench.open()).rejects.toMatchObject({ code: 'corrupt' })
    }
    await bench.stores[0].apply({ entries: [], position: { nextOffset, changelogOffset } })
    await bench.open()
  })

  test('of a log that was deleted is refused as corrupt', async () => {
    const bench = await TrackerBench.create()
    await sendOne(bench)
    await bench.run()
    const empty = await TrackerBench.create()
    empty.stores[0] = bench.stores[0]
    await expect(empty.open()).rejects.toMatchObject({ code: 'corrupt' })
  })
})

async function sendOne(bench: TrackerBench): Promise<void> {
  await bench.send(interaction('impression', 'u', START_MS))
}
