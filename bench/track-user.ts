/**
 * Events per second through the pure function alone, and through a partition's tracker on the embedded log and the
 * LevelDB store, that with snapshots and without in turn. Input: the simulated shop's separate events. Checks that all
 * give the same examples first.
 *
 *     node --import tsx bench/track-user.ts [events] [records of a snapshot's period]
 */
import TinyQueue from 'tinyqueue'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../src/app/config/load-config.ts'
import { cachedUsersPerPartition, trackerSettingsOf } from '../src/app/config/compile-config.ts'
import { readTo } from '../src/app/read-to.ts'
import { TOPICS } from '../src/app/topics.ts'
import { PartitionTracker } from '../src/app/tracker/partition-tracker.ts'
import { activeModel } from '../src/core/active-model.ts'
import { openWorld } from '../src/app/wire.ts'
import type { Offset } from '../src/core/contracts/ids.ts'
import type { Interaction } from '../src/core/contracts/interaction.ts'
import { NO_SNAPSHOTS, type TrackerSettings } from '../src/core/contracts/tracker-settings.ts'
import { trackUser, type Tracked, type TrackedUser } from '../src/core/track-user.ts'
import { impressionTimers, type PendingImpression } from '../src/core/user-state/pending-impression.ts'
import { nextEvents } from '../src/core/simulator/next-events.ts'
import { createWorld } from '../src/core/simulator/world.ts'
import { encodeUserState } from '../src/core/user-state/user-state-codec.ts'
import { benchBundle } from './support/bench-bundle.ts'
import { check, perSecond, printMachine, report } from './support/report.ts'

const EVENTS = Number(process.argv[2] ?? 200_000)
const ROUNDS = 3
const PERIOD = process.argv[3]

printMachine()
const folder = await mkdtemp(path.join(tmpdir(), 'stan-bench-'))
const flags: [string, string][] = [['dataDir', path.join(folder, '0')]]
if (PERIOD) flags.push(['tracker.snapshots.everyRecords', PERIOD])
const config = await loadConfig({ environment: {}, flags })
const settings = trackerSettingsOf(config)
const bundle = benchBundle(settings)
const events = nextEvents(createWorld({ seed: 1, userCount: 2000 }), EVENTS)

// The pure function: users and pending impressions in maps, impression timers in the order they come due.
const model = activeModel(settings, bundle)
let examples = 0
for (let round = 0; round < ROUNDS; round++) {
  const { users, counted, elapsedMs } = trackAll(events)
  examples = counted
  report(`pure function, round ${round + 1}`, `${perSecond(EVENTS, elapsedMs)} events`)
  if (round < ROUNDS - 1) continue
  const sizes = [...users.values()].map((user) => encodeUserState(user.state).length).sort((a, b) => a - b)
  const at = (share: number) => sizes[Math.floor((sizes.length - 1) * share)]
  report('stored state of a user, median and 99 %', `${at(0.5)} and ${at(0.99)} bytes`)
}

// The same through the embedded log: read, decode, fold, encode, commit, store.
const kinds = [
  ['without snapshots', NO_SNAPSHOTS],
  [`snapshots every ${settings.snapshots.everyRecords} records`, settings.snapshots],
] as const
for (let round = 0; round < ROUNDS; round++) {
  for (const [kind, snapshots] of kinds) {
    const { perSecond: rate, bytes } = await trackThroughLog({ ...settings, snapshots })
    report(`embedded log and LevelDB store, ${kind}, round ${round + 1}`, `${rate} events`)
    if (round === 0) report(`changelog, ${kind}`, `${Math.round(bytes / EVENTS)} bytes an event`)
  }
}
await rm(folder, { recursive: true })

/** Runs all events through trackUser, firing every timer that an event's time passes. Returns the final examples. */
function trackAll(interactions: readonly Interaction[]) {
  const users = new Map<string, TrackedUser>()
  const impressions = new Map<string, PendingImpression>()
  const timers = new TinyQueue<{ due: number; userId: string; impressionId: string | null }>(
    [],
    (a, b) => a.due - b.due,
  )
  let counted = 0
  const started = performance.now()
  const take = ({ outputs }: Tracked): void => {
    for (const output of outputs) if (output.kind === 'example' && output.example.kind === 'final') counted++
  }
  interactions.forEach((interaction, offset) => {
    const source = { topic: TOPICS.interactions, partition: 0, offset: offset as Offset }
    const { userId, eventTime: streamTimeMs } = interaction
    for (let timer = timers.peek(); timer && timer.due <= streamTimeMs; timer = timers.peek()) {
      timers.pop()
      const user = users.get(timer.userId)!
      if (timer.impressionId === null) {
        const before = user.state.timerDue
        take(trackUser(user, { kind: 'user-timer', timeMs: timer.due, source }, model))
        const { timerDue } = user.state
        if (timerDue !== 0 && timerDue !== before)
          timers.push({ due: timerDue, userId: timer.userId, impressionId: null })
        continue
      }
      const impression = impressions.get(timer.impressionId)!
      const fired = trackUser(null, { kind: 'impression-timer', impression, timeMs: timer.due, source }, model)
      if (!fired.impression) impressions.delete(timer.impressionId)
      take(fired)
    }
    const impression = impressions.get(interaction.impressionId ?? '') ?? null
    const user = users.get(userId) ?? null
    const before = user?.state.timerDue ?? 0
    const tracked = trackUser(user, { kind: 'interaction', interaction, impression, streamTimeMs, source }, model)
    take(tracked)
    if (!tracked.user) return
    users.set(userId, tracked.user)
    const { timerDue } = tracked.user.state
    if (timerDue !== 0 && timerDue !== before) timers.push({ due: timerDue, userId, impressionId: null })
    if (tracked.impression && !impression) {
      const { impressionId } = tracked.impression
      impressions.set(impressionId, tracked.impression)
      const { closes, expires } = impressionTimers(tracked.impression, settings.joiner)
      timers.push({ due: closes, userId, impressionId })
      timers.push({ due: expires, userId, impressionId })
    }
  })
  return { users, counted, elapsedMs: performance.now() - started }
}

/** Events a second of a partition's tracker, and bytes of keys and values in its changelog. */
async function trackThroughLog(choice: TrackerSettings): Promise<{ perSecond: string; bytes: number }> {
  const dataDir = await mkdtemp(path.join(folder, 'world-'))
  const embedded = await openWorld({ ...config, dataDir }, '0')
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
  const { sliceSize } = config.tracker
  const cachedUsers = cachedUsersPerPartition(config)
  const store = await embedded.stateStore(0)
  const tracker = await PartitionTracker.open({
    log,
    store,
    codecs,
    settings: choice,
    group: 'tracker',
    partition: 0,
    sliceSize,
    cachedUsers,
  })
  const started = performance.now()
  while ((await tracker.step({ partial: true })) > 0);
  const elapsed = performance.now() - started
  check(tracker.counters.examples === examples, `${tracker.counters.examples} examples in place of ${examples}`)
  let bytes = 0
  const end = await log.endOffset(TOPICS.changelog, 0)
  for await (const { records } of readTo(log, TOPICS.changelog, 0, 0, end, 4096)) {
    for (const { key, value } of records) bytes += (key?.length ?? 0) + (value?.length ?? 0)
  }
  await embedded.close()
  await rm(dataDir, { recursive: true })
  return { perSecond: perSecond(EVENTS, elapsed), bytes }
}
