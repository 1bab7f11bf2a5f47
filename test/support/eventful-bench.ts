import { partitionOf } from '../../src/app/partition-of.ts'
import { TOPICS } from '../../src/app/topics.ts'
import { advanceRecord, erasureRecord } from '../../src/app/tracker/read-input.ts'
import type { TrackerSettings } from '../../src/core/contracts/tracker-settings.ts'
import { trackerSettings } from '../../src/core/tracker-settings.ts'
import { displacedInteractions, simulatedInteractions } from './simulated-interactions.ts'
import { TrackerBench } from './tracker-bench.ts'
import { DAY_MS, HOUR_MS, interaction, testBundle } from './tracker-settings.ts'

/** Hours in place of days, so that simulated days reach dormancy and the end of the correction horizon. */
const SETTINGS = trackerSettings({
  stages: { minEvidence: 1, margin: 0.02, minLeadMs: 300_000 },
  activity: { minDormantMs: 5 * HOUR_MS, defaultDormantMs: 14 * HOUR_MS, returnedForMs: 5 * HOUR_MS },
  joiner: { correctionMs: 12 * HOUR_MS },
  snapshots: { everyRecords: 60, kept: 3 },
})
const input = displacedInteractions(simulatedInteractions(750), 10, 100)

/** Bundles between slices, restarts with and without the store, other rules, erasures, idle advances, bad records. */
export async function eventfulBench(partitions = 1): Promise<TrackerBench> {
  const bench = await TrackerBench.create(partitions)
  const run = async (from: number, to: number, settings: TrackerSettings, sliceSize: number): Promise<void> => {
    await bench.send(...input.slice(from, to))
    for (let partition = 0; partition < partitions; partition++) await bench.run({ partition, settings, sliceSize })
  }
  await run(0, 100, SETTINGS, 64)
  await bench.publish(testBundle(1, SETTINGS))
  await run(100, 300, SETTINGS, 100)
  for (let partition = 0; partition < partitions; partition++) {
    const { userId } = input[partition * 3]
    await bench.log.append([
      { topic: TOPICS.interactions, partition, key: null, value: Buffer.from('no record'), timestamp: 0 },
      erasureRecord(partition, userId, input[300].eventTime),
    ])
  }
  await bench.publish(testBundle(2, SETTINGS))
  await run(300, 500, SETTINGS, 7)
  await bench.stores[0].clear()
  const talk = trackerSettings({ ...SETTINGS, stages: { ...SETTINGS.stages, rules: 'talk' } })
  await run(500, 600, talk, 128)
  await bench.publish(testBundle(3, SETTINGS))
  for (let partition = 0; partition < partitions; partition++) {
    await bench.log.append([advanceRecord(partition, input[600].eventTime + 2 * DAY_MS)])
  }
  await run(600, 750, talk, 512)
  // Its window is open at the end.
  const waiting = interaction('impression', 'waiting', input[600].eventTime + 2 * DAY_MS + HOUR_MS)
  await bench.send(waiting)
  await bench.run({ partition: partitionOf('waiting', partitions), settings: talk })
  return bench
}
