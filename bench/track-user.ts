/**
 * Events per second through the pure function alone, and through a partition's tracker on the embedded log and the
 * LevelDB store. Input: the simulated shop's separate events. Checks that both give the same examples first.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../src/app/config/load-config.ts'
import { trackerSettingsOf } from '../src/app/config/compile-config.ts'
import { TOPICS } from '../src/app/topics.ts'
import { foldSlice, needsOf, NO_COUNTS, type InputItem, type PartitionClock } from '../src/app/tracker/fold-slice.ts'
import { activeModel, PartitionTracker } from '../src/app/tracker/partition-tracker.ts'
import { WorkingSet } from '../src/app/tracker/working-set.ts'
import { memoryWorld, openWorld } from '../src/app/wire.ts'
import { nextEvents } from '../src/core/simulator/next-events.ts'
import { createWorld } from '../src/core/simulator/world.ts'
import { encodeUserState } from '../src/core/user-state/user-state-codec.ts'
import { benchBundle } from './support/bench-bundle.ts'
import { check, perSecond, printMachine, report } from './support/report.ts'

const EVENTS = Number(process.argv[2] ?? 200_000)
const ROUNDS = 3

printMachine()
const folder = await mkdtemp(path.join(tmpdir(), 'stan-bench-'))
const config = await loadConfig({ environment: {}, flags: [['dataDir', path.join(folder, '0')]] })
const settings = trackerSettingsOf(config)
const bundle = benchBundle(settings)
const events = nextEvents(createWorld({ seed: 1, userCount: 2000 }), EVENTS)
const items = events.map((interaction, offset): InputItem => ({ kind: 'interaction', offset, interaction }))

// The pure function with its timers, on a working set that never leaves memory.
const world = await memoryWorld(config)
let examples = 0
for (let round = 0; round < ROUNDS; round++) {
  const working = new WorkingSet(await world.stateStore(0), 1_000_000)
  const clock: PartitionClock = { streamTime: 0, counters: { ...NO_COUNTS } }
  await working.load(needsOf(items, 0))
  const started = performance.now()
  foldSlice(items, working, clock, activeModel(settings, bundle), { topic: TOPICS.interactions, partition: 0 })
  const elapsed = performance.now() - started
  check(clock.counters.events === EVENTS && clock.counters.deadLetters === 0, 'not every event was folded')
  examples = clock.counters.examples
  report(`pure function, round ${round + 1}`, `${perSecond(EVENTS, elapsed)} events`)
  if (round === ROUNDS - 1) {
    const sizes = [...working.changedUsers()]
      .map(([, user]) => encodeUserState(user!.state).length)
      .sort((a, b) => a - b)
    report(
      'stored state of a user, median and 99 %',
      `${sizes[sizes.length >> 1]} and ${sizes[Math.floor(sizes.length * 0.99)]} bytes`,
    )
  }
}
await world.close()

// The same through the embedded log: read, decode, fold, encode, commit, store.
for (let round = 0; round < ROUNDS; round++) {
  const embedded = await openWorld({ ...config, dataDir: path.join(folder, String(round)) }, '0')
  const { log, codecs } = embedded
  const encoder = new TextEncoder()
  await log.append([
    { topic: TOPICS.modelBundles, partition: 0, key: null, value: codecs.modelBundle.encode(bundle), timestamp: 0 },
  ])
  for (let from = 0; from < EVENTS; from += 4096) {
    await log.append(
      events.slice(from, from + 4096).map((interaction) => ({
        topic: TOPICS.interactions,
        partition: 0,
        key: encoder.encode(interaction.userId),
        value: codecs.interaction.encode(interaction),
        timestamp: interaction.eventTime,
      })),
    )
  }
  const { sliceSize, cachedUsers } = config.tracker
  const store = await embedded.stateStore(0)
  const tracker = await PartitionTracker.open({
    log,
    store,
    codecs,
    settings,
    group: 'tracker',
    partition: 0,
    sliceSize,
    cachedUsers,
  })
  const started = performance.now()
  while ((await tracker.step({ partial: true })) > 0);
  const elapsed = performance.now() - started
  check(tracker.counters.examples === examples, `${tracker.counters.examples} examples in place of ${examples}`)
  report(`embedded log and LevelDB store, round ${round + 1}`, `${perSecond(EVENTS, elapsed)} events`)
  await embedded.close()
}
await rm(folder, { recursive: true })
