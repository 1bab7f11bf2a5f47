/**
 * Does an erasure come to its end through kill -9? A user is erased, by `erase` and by a process that runs beside
 * retention and comes to the tombstone, in processes that are killed at seeded moments and started again. In the end
 * nothing of the user may be in any file, and everything of all others must be as after a run without a kill.
 *
 *     node --import tsx bench/erasure-kill-sweep.ts [--kills 60] [--seed 1] [--json results.json]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chooseBackend } from '../src/app/tensor-backend.ts'
import {
  copyOf,
  dumpOfOthers,
  erasureAims,
  ERASURE_WAYS,
  type ErasureSetup,
  type ErasureWay,
  finishErasure,
  leftOf,
  runErasure,
  writeErasureSetup,
} from '../test/support/erasure-kills.ts'
import { type Dump, firstDifference } from '../test/support/first-difference.ts'
import { ERASURE_PHASES, type ErasurePhase } from '../test/support/kill-phases.ts'
import { check, printMachine, report } from './support/report.ts'

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
})
/** In a row in one folder at most; some come when nothing is left to be erased. */
const KILLS_PER_FOLDER = 4
const EVENTS = 1000

interface Kill {
  readonly way: ErasureWay
  readonly folder: number
  readonly aimed: ErasurePhase
  readonly died: ErasurePhase | null
}

/** Kills the erasure in a copy of the setup's folder, lets it come to its end, and compares. */
async function sweepFolder(
  setup: ErasureSetup,
  root: string,
  folder: number,
  most: number,
  reference: Dump,
): Promise<Kill[]> {
  const config = await copyOf(setup, join(root, `${setup.way}-${folder}`))
  const kills: Kill[] = []
  let runs = 0
  for (const aim of erasureAims(1000 * Number(options.seed) + 7 * folder)) {
    // A phase that does not come any more ends a run unharmed.
    if (kills.length === most || runs++ === 2 * KILLS_PER_FOLDER) break
    const { killed, lastPhase } = await runErasure(setup, config, aim)
    if (killed) kills.push({ way: setup.way, folder, aimed: aim.phase, died: lastPhase })
  }
  await runErasure(setup, config, null)
  await finishErasure(config)
  const after = `${setup.way}, folder ${folder}, after kills in ${kills.map(({ died }) => died).join(', ')}`
  const left = await leftOf(config)
  check(left.length === 0, `${after}: the user is left in ${left.join(', ')}`)
  const difference = firstDifference(await dumpOfOthers(config), reference)
  check(difference === null, `${after}: ${difference}`)
  await rm(config.dataDir, { recursive: true })
  console.log(`${after}: nothing is left, and all others are as without a kill`)
  return kills
}

async function sweepWay(way: ErasureWay, root: string, wanted: number): Promise<Kill[]> {
  const setup = await writeErasureSetup(root, way, EVENTS)
  const whole = await copyOf(setup, join(root, `${way}-whole`))
  await runErasure(setup, whole, null)
  await finishErasure(whole)
  check((await leftOf(whole)).length === 0, `${way}: the user is left without a kill`)
  const reference = await dumpOfOthers(whole)
  const kills: Kill[] = []
  for (let folder = 0; kills.length < wanted; folder++) {
    kills.push(
      ...(await sweepFolder(setup, root, folder, Math.min(KILLS_PER_FOLDER, wanted - kills.length), reference)),
    )
  }
  return kills
}

printMachine()
const root = await mkdtemp(join(os.tmpdir(), 'stan-lifecycle-erasure-kills-'))
try {
  await chooseBackend('wasm')
  const kills: Kill[] = []
  for (const way of ERASURE_WAYS)
    kills.push(...(await sweepWay(way, root, Number(options.kills) / ERASURE_WAYS.length)))
  for (const phase of [...ERASURE_PHASES, null]) {
    const some = kills.filter(({ died }) => died === phase)
    if (some.length > 0) report(`died in ${phase ?? 'the start'}`, `${some.length}`)
  }
  report('kills after which nothing of the user is left', `${kills.length} of ${kills.length}`)
  if (options.json !== undefined) {
    const machine = { node: process.version, cores: os.cpus().length, cpu: os.cpus()[0].model }
    const results = { machine, seed: Number(options.seed), events: EVENTS, kills }
    await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`)
  }
} finally {
  await rm(root, { recursive: true, force: true })
}
