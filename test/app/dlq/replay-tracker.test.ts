import { expect, test } from 'vitest'
import { Letters } from '../../../src/app/dlq/letters.ts'
import { replayLetters } from '../../../src/app/dlq/replay-letters.ts'
import { TOPICS } from '../../../src/app/topics.ts'
import type { EventId } from '../../../src/core/contracts/ids.ts'
import { TrackerBench } from '../../support/tracker-bench.ts'
import { interaction, MINUTE_MS, START_MS } from '../../support/tracker-settings.ts'

/** Replays all that may go; returns the attempts of those that did. */
async function replayAll({ log, codecs }: TrackerBench): Promise<number[]> {
  const options = { limit: Infinity, maxAttempts: 3, dryRun: false, nowMs: START_MS }
  const attempts: number[] = []
  for await (const result of replayLetters(log, codecs, { kind: 'cause', cause: null }, options)) {
    if (result.kind === 'replayed') attempts.push(result.stored.attempt)
  }
  return attempts
}

async function attemptsOf({ log }: TrackerBench): Promise<number[]> {
  const attempts: number[] = []
  for await (const { attempt } of (await Letters.open(log)).list()) attempts.push(attempt)
  return attempts
}

test('an outcome that came before its impression counts once when it is replayed, even by two at one moment', async () => {
  const bench = await TrackerBench.create()
  const impression = interaction('impression', 'u', START_MS, { eventId: 'shown' as EventId })
  await bench.send(interaction('click', 'u', START_MS + MINUTE_MS, { impressionId: impression.eventId }))
  const tracker = await bench.run()
  expect(tracker.counters).toMatchObject({ deadLetters: 1 })
  await bench.send(impression)
  expect(await replayAll(bench)).toEqual([1])
  // What another process would append that saw no mark yet.
  const [{ value, key, headers, timestamp }] = (await bench.records(TOPICS.interactions)).slice(-1)
  await bench.log.append([{ topic: TOPICS.interactions, partition: 0, key, value, headers, timestamp }])
  while ((await tracker.step({ partial: true })) > 0);
  expect(tracker.counters).toMatchObject({ deadLetters: 1, duplicates: 1 })
  expect((await bench.userStates()).get('u')?.tasks[0]).toMatchObject({ trials: 1, successes: 1 })
  expect(await replayAll(bench)).toEqual([])
})

test('a record that fails at every replay has letters of attempts 1, 2 and 3, and stays then', async () => {
  const bench = await TrackerBench.create()
  const record = { topic: TOPICS.interactions, partition: 0, key: Buffer.from('u'), value: Buffer.from('junk') }
  await bench.log.append([{ ...record, timestamp: START_MS }])
  const tracker = await bench.run()
  const replayed: number[] = []
  for (let round = 0; round < 4; round++) {
    replayed.push(...(await replayAll(bench)))
    while ((await tracker.step({ partial: true })) > 0);
  }
  expect(replayed).toEqual([1, 2])
  expect(await attemptsOf(bench)).toEqual([1, 2, 3])
})
