/**
 * Do records, positions, state and weights stay one through kill -9? Ingests a file in processes that are killed at
 * seeded moments, 100 times by default, over as many data folders as that takes; each folder must end byte for byte like
 * the one of a run without a kill. After every kill a copy of the folder tells what was cut apart.
 *
 *     node --import tsx bench/kill-sweep.ts [--kills 100] [--seed 1] [--json results.json]
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { TRACKER_GROUP } from '../src/app/pipeline.ts'
import { RANKER_GROUP } from '../src/app/trainer/open-trainer.ts'
import { TOPICS } from '../src/app/topics.ts'
import { openWorldAsFound } from '../src/app/wire.ts'
import { type Dump, firstDifference } from '../test/support/first-difference.ts'
import { type Phase, PHASES } from '../test/support/kill-phases.ts'
import {
  configOf,
  dumpFolder,
  type KillSetup,
  runIngest,
  seededAims,
  writeKillSetup,
} from '../test/support/kill-runs.ts'
import { check, printMachine, report } from './support/report.ts'

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
})
const wanted = Number(options.kills)
/** At most; most folders are through before. */
const KILLS_PER_FOLDER = 40

/** What a killed process left, in records. */
interface Left {
  readonly appended: number
  /** Appended and not yet noted in the index of known rows. */
  readonly unindexed: number
  readonly untracked: number
  /** Committed by the tracker and not yet in its store. */
  readonly unstored: number
  /** Examples that no checkpoint holds. */
  readonly untrained: number
  readonly bundles: number
}

interface Kill extends Left {
  readonly folder: number
  readonly aimed: Phase
  readonly died: Phase | null
}

const KNOWN_POSITIONS = new TextEncoder().encode('positions')

async function inspect(setup: KillSetup, dataDir: string, copy: string): Promise<Left> {
  await cp(dataDir, copy, { recursive: true })
  const world = await openWorldAsFound(await configOf(setup, copy))
  try {
    const { log } = world
    const appended = await log.endOffset(TOPICS.interactions, 0)
    const tracked = (await log.committed(TRACKER_GROUP, TOPICS.interactions, 0)) ?? 0
    const stored = (await (await world.stateStore(0)).position())?.nextOffset ?? 0
    const trained = (await log.committed(RANKER_GROUP, TOPICS.trainingExamples, 0)) ?? 0
    const known = await (await world.sideStore('ingested')).get(KNOWN_POSITIONS)
    const indexed: number = known === null ? 0 : (JSON.parse(Buffer.from(known).toString())['interactions/0'] ?? 0)
    return {
      appended,
      unindexed: appended - indexed,
      untracked: appended - tracked,
      unstored: tracked - stored,
      untrained: (await log.endOffset(TOPICS.trainingExamples, 0)) - trained,
      bundles: await log.endOffset(TOPICS.modelBundles, 0),
    }
  } finally {
    await world.close()
    await rm(copy, { recursive: true })
  }
}

/** Kills an ingest until it is through; then its folder must equal the reference. */
async function sweepFolder(
  setup: KillSetup,
  root: string,
  folder: number,
  most: number,
  reference: Dump,
): Promise<Kill[]> {
  const dataDir = join(root, `killed-${folder}`)
  const kills: Kill[] = []
  for (const aim of seededAims(1000 * Number(options.seed) + folder)) {
    if (kills.length === most) break
    const { killed, lastPhase } = await runIngest(setup, dataDir, aim)
    if (!killed) break
    const left = await inspect(setup, dataDir, join(root, 'copy'))
    kills.push({ folder, aimed: aim.phase, died: lastPhase, ...left })
  }
  await runIngest(setup, dataDir, null)
  const difference = firstDifference(await dumpFolder(setup, dataDir), reference)
  check(difference === null, `folder ${folder} after ${kills.length} kills: ${difference}`)
  await rm(dataDir, { recursive: true })
  return kills
}

function printRow([first, ...rest]: readonly (string | number)[]): void {
  console.log(String(first).padEnd(12) + rest.map((cell) => String(cell).padStart(19)).join(''))
}

function printTable(kills: readonly Kill[]): void {
  const count = (some: readonly Kill[], has: (kill: Kill) => boolean) => some.filter(has).length
  printRow(['died in', 'kills', 'index behind log', 'slice not folded', 'store behind log', 'training to redo'])
  for (const phase of [...PHASES, null]) {
    const some = kills.filter(({ died }) => died === phase)
    if (some.length === 0) continue
    printRow([
      phase ?? 'the start',
      some.length,
      count(some, ({ unindexed }) => unindexed > 0),
      count(some, ({ untracked }) => untracked >= 512),
      count(some, ({ unstored }) => unstored > 0),
      count(some, ({ untrained }) => untrained >= 256),
    ])
  }
}

printMachine()
const root = await mkdtemp(join(os.tmpdir(), 'stan-lifecycle-kill-sweep-'))
try {
  const setup = await writeKillSetup(root)
  const whole = join(root, 'whole')
  const started = performance.now()
  await runIngest(setup, whole, null)
  const wholeSeconds = (performance.now() - started) / 1000
  const reference = await dumpFolder(setup, whole)
  const kills: Kill[] = []
  let folders = 0
  while (kills.length < wanted) {
    const most = Math.min(KILLS_PER_FOLDER, wanted - kills.length)
    kills.push(...(await sweepFolder(setup, root, folders++, most, reference)))
    console.log(`folder ${folders}: equal to the run without a kill after ${kills.length} kills in all`)
  }
  printTable(kills)
  report('kills with every record, position, state and weight as without', `${kills.length} of ${kills.length}`)
  report(`one run of ${setup.rows} rows without a kill`, `${wholeSeconds.toFixed(1)} s`)
  if (options.json !== undefined) {
    const machine = { node: process.version, cores: os.cpus().length, cpu: os.cpus()[0].model }
    const results = { machine, seed: Number(options.seed), rows: setup.rows, folders, wholeSeconds, kills }
    await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`)
  }
} finally {
  await rm(root, { recursive: true, force: true })
}
