import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { trackerSettingsOf } from '../../src/app/config/compile-config.ts'
import { type Config, configSchema } from '../../src/app/config/config-schema.ts'
import { eraseUser } from '../../src/app/erasure/erase-user.ts'
import { TOPICS } from '../../src/app/topics.ts'
import { erasureRecord } from '../../src/app/tracker/read-input.ts'
import { openWorld, openWorldAsFound } from '../../src/app/wire.ts'
import type { UserId } from '../../src/core/contracts/ids.ts'
import { createSeededRandom } from '../../src/core/statistics/seeded-random.ts'
import { dumpStore } from './dump-store.ts'
import { dumpTopics } from './dump-topics.ts'
import type { Dump } from './first-difference.ts'
import { ERASURE_PHASES, type ErasurePhase } from './kill-phases.ts'
import { type Aim, runProgram } from './kill-runs.ts'
import {
  badRecordsOfKnown,
  filesHolding,
  GONE,
  interactionsOfKnown,
  recordsOf,
  tracesIn,
  workOn,
} from './known-user.ts'
import { SMALL_SETTINGS } from './small-config.ts'

/** How a user is erased: by `erase`, or by a process that runs and comes to their tombstone, with retention beside. */
export const ERASURE_WAYS = ['erase', 'run'] as const
export type ErasureWay = (typeof ERASURE_WAYS)[number]

export interface ErasureSetup {
  readonly way: ErasureWay
  /** The data folder that every run begins with a copy of. */
  readonly config: Config
  readonly configFile: string
}

/** Nobody knows them: the last `erase` finishes what waits, and has a tombstone of its own. */
const ALSO_GONE = 'also-to-be-erased'
const SLICE_SIZE = 100
const RUN_FOR = '2s'
/** Retention that lets go of most of what all have read. */
const RETENTION = {
  checkMinutes: 0.001,
  topics: { interactions: { maxMiB: 0.02 }, stageTransitions: { maxMiB: 0.01 } },
}

/** A folder that knows the user; for `run`, with their tombstone and events of the others not tracked yet. */
export async function writeErasureSetup(folder: string, way: ErasureWay, events: number): Promise<ErasureSetup> {
  const settings = {
    ...SMALL_SETTINGS,
    tracker: { sliceSize: SLICE_SIZE },
    ranker: { ...SMALL_SETTINGS.ranker, batchSize: 64, bundleEvery: 256 },
    ...(way === 'run' && { retention: RETENTION }),
  }
  const config = configSchema.parse({ ...settings, dataDir: join(folder, `${way}-known`) })
  const configFile = join(folder, `${way}.yaml`)
  await mkdir(folder, { recursive: true })
  // JSON is YAML.
  await writeFile(configFile, JSON.stringify(settings))
  const all = interactionsOfKnown(events)
  const known = all.slice(0, Math.floor(events * 0.7))
  const later = all.slice(known.length).filter(({ userId }) => userId !== GONE)
  const world = await openWorld(config, 'test')
  await world.log.append([...recordsOf(known), ...badRecordsOfKnown(known.at(-1)!)])
  await workOn(config, world, { ranker: way === 'erase' })
  if (way === 'run') {
    const tombstone = erasureRecord(0, GONE, known.at(-1)!.eventTime)
    // In the first slice: the process looks for erasures behind it, and then not for seconds.
    const first = SLICE_SIZE >> 1
    await world.log.append([...recordsOf(later.slice(0, first)), tombstone, ...recordsOf(later.slice(first))])
  }
  await world.close()
  return { way, config, configFile }
}

/** A copy of the setup's folder. */
export async function copyOf({ config }: ErasureSetup, dataDir: string): Promise<Config> {
  await cp(config.dataDir, dataDir, { recursive: true })
  return { ...config, dataDir }
}

/** One process at the erasure, killed at the aim; without one it comes to its end. */
export function runErasure({ way, configFile }: ErasureSetup, { dataDir }: Config, aim: Aim<ErasurePhase> | null) {
  const where = ['--config', configFile, '--data-dir', dataDir]
  const argv = way === 'erase' ? ['erase', GONE] : ['run', '--role', 'tracker', '--for', RUN_FOR]
  return runProgram<ErasurePhase>([...argv, ...where], aim)
}

/**
 * Aims that go round the phases, of each now the very moment, now a seeded one soon after. What is done once to a topic
 * or a folder is cut short at any of them.
 */
export function* erasureAims(seed: number): Generator<Aim<ErasurePhase>, never> {
  const random = createSeededRandom(seed)
  for (let i = seed; ; i++) {
    const phase = ERASURE_PHASES[i % ERASURE_PHASES.length]
    const within = phase === 'remove' ? 12 : phase === 'rename' ? 6 : phase === 'expire' || phase === 'store' ? 3 : 1
    const delayMs = random.nextInt(2) === 0 ? null : random.nextInt(30)
    yield { phase, occurrence: 1 + random.nextInt(within), delayMs }
  }
}

/** After the last process: tracks what is left, and finishes what was waiting. */
export async function finishErasure(config: Config): Promise<void> {
  const world = await openWorld(config, 'test')
  try {
    const waiting = await eraseUser(config, world, ALSO_GONE as UserId, Date.UTC(2026, 0, 1))
    if (waiting !== null) throw new Error(`the erasure waits: ${waiting}`)
  } finally {
    await world.close()
  }
}

/** Where anything of the user is left: places of the audit, and files whose bytes hold the id. */
export async function leftOf(config: Config): Promise<string[]> {
  return [...(await tracesIn(config)), ...(await filesHolding(config, GONE))]
}

/** What each run of `erase` adds to: it appends a tombstone of its own, and the ranker publishes what it then is. */
const OF_EACH_RUN: readonly string[] = [TOPICS.changelog, TOPICS.checkpoints, TOPICS.modelBundles]

/** Everything of the others, but for positions, ends of topics, and the topics that a run more adds to. */
export async function dumpOfOthers(config: Config): Promise<Dump> {
  const world = await openWorldAsFound(config)
  try {
    const topics = Object.entries(await dumpTopics(world.log)).flatMap(([topic, lines]) =>
      OF_EACH_RUN.includes(topic) ? [] : [[topic, lines.filter((line) => line.includes('@'))] as const],
    )
    const store = await dumpStore(await world.stateStore(0), trackerSettingsOf(config).joiner)
    const entries = store.entries.filter((line) => !line.startsWith('meta '))
    return { topics: Object.fromEntries(topics), stores: [{ ...store, nextOffset: null, entries }] }
  } finally {
    await world.close()
  }
}
