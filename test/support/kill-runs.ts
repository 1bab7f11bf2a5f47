import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { trackerSettingsOf } from '../../src/app/config/compile-config.ts'
import type { Config } from '../../src/app/config/config-schema.ts'
import { loadConfig } from '../../src/app/config/load-config.ts'
import { openWorldAsFound } from '../../src/app/wire.ts'
import type { EventId } from '../../src/core/contracts/ids.ts'
import { createSeededRandom } from '../../src/core/statistics/seeded-random.ts'
import { dumpStore } from './dump-store.ts'
import { dumpTopics } from './dump-topics.ts'
import type { Dump } from './first-difference.ts'
import { type Phase, PHASES } from './kill-phases.ts'
import { displacedInteractions, simulatedInteractions } from './simulated-interactions.ts'
import { SMALL_SETTINGS } from './small-config.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PRELOAD = './test/support/announce-phases.ts'
const FLAGS = ['tracker.sliceSize=512', 'ranker.bundleEvery=1024', 'ranker.batchSize=256']

/** Where a process is killed: so many milliseconds after it entered a phase for the n-th time; null: as it enters it. */
export interface Aim<Of extends string = Phase> {
  readonly phase: Of
  readonly occurrence: number
  readonly delayMs: number | null
}

export interface Run<Of extends string = Phase> {
  /** False when the process came to its end before it was where it should be killed. */
  readonly killed: boolean
  /** The phase it entered last. */
  readonly lastPhase: Of | null
}

/** A JSONL file and a configuration to ingest it with. */
export interface KillSetup {
  readonly inputFile: string
  readonly configFile: string
  readonly rows: number
}

/**
 * Writes simulated events, a line each: late ones among them, repeats of earlier lines, bad lines, and outcomes of
 * impressions that never were.
 */
export async function writeKillSetup(folder: string, events = 12_000, users = 300): Promise<KillSetup> {
  const interactions = displacedInteractions(simulatedInteractions(events, users, 5), 25, 400)
  const lines: string[] = []
  for (const [i, interaction] of interactions.entries()) {
    lines.push(JSON.stringify(interaction))
    if (i % 400 === 200) lines.push(badLine(i))
    if (i % 700 === 350 && interaction.impressionId !== undefined) {
      lines.push(JSON.stringify({ ...interaction, eventId: `stray-${i}`, impressionId: 'never' as EventId }))
    }
    if (i % 97 === 96) lines.push(lines[lines.length - 50])
  }
  const setup = { inputFile: join(folder, 'input.jsonl'), configFile: join(folder, 'config.yaml'), rows: lines.length }
  await writeFile(setup.inputFile, Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
  // JSON is YAML.
  await writeFile(setup.configFile, JSON.stringify(SMALL_SETTINGS))
  return setup
}

function badLine(i: number): string {
  const kinds = [
    'no JSON',
    '{"eventId":"x"}',
    '"\xff\xfe"',
    `{"eventId":"t${i}","userId":"u","itemId":"i","type":"wave","eventTime":1}`,
  ]
  return `${kinds[(i / 400) & 3]}${i % 800 === 200 ? ' ' : ''}`
}

/** Ingests the file in a process of its own; `aim` says where it is killed, null lets it run to its end. */
export function runIngest(setup: KillSetup, dataDir: string, aim: Aim | null, reportFile?: string): Promise<Run> {
  return runProgram(argumentsOf(setup, dataDir, reportFile), aim)
}

/** Runs the program in a process of its own; `aim` says where it is killed, null lets it run to its end. */
export async function runProgram<Of extends string>(argv: readonly string[], aim: Aim<Of> | null): Promise<Run<Of>> {
  const killAt = aim?.delayMs === null ? `${aim.phase} ${aim.occurrence}` : ''
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', PRELOAD, 'src/main.ts', ...argv], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, KILL_AT: killAt },
  })
  const exited = once(child, 'exit')
  let stderr = ''
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  let lastPhase: Of | null = null
  let left = aim?.occurrence ?? 0
  for await (const line of createInterface(child.stdio[3] as Readable)) {
    lastPhase = line as Of
    if (line === aim?.phase && --left === 0) setTimeout(() => child.kill('SIGKILL'), aim.delayMs ?? 0)
  }
  const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null]
  if (signal === 'SIGKILL') return { killed: true, lastPhase }
  if (code !== 0) throw new Error(`the program ended with code ${code}: ${stderr}`)
  return { killed: false, lastPhase }
}

function argumentsOf(setup: KillSetup, dataDir: string, reportFile: string | undefined): string[] {
  const settings = FLAGS.flatMap((flag) => ['--set', flag])
  const report = reportFile === undefined ? [] : ['--report', reportFile]
  const { inputFile, configFile } = setup
  const folders = ['--config', configFile, '--data-dir', dataDir]
  return ['ingest', 'jsonl', inputFile, '--backend', 'wasm', ...folders, ...settings, ...report]
}

/** Aims that go round the phases, each at a seeded moment soon after the start of a run. */
export function* seededAims(seed: number): Generator<Aim, never> {
  const random = createSeededRandom(seed)
  for (let i = seed; ; i++) {
    const phase = PHASES[i % PHASES.length]
    // A checkpoint is rare, an append common; the others come once a slice or batch.
    const within = phase === 'checkpoint' ? 1 : phase === 'append' || phase === 'index' ? 4 : 2
    yield { phase, occurrence: 1 + random.nextInt(within), delayMs: random.nextInt(4) }
  }
}

/** Everything in a data folder that no process has open: topics, and the state store of partition 0. */
export async function dumpFolder(setup: KillSetup, dataDir: string): Promise<Dump> {
  const config = await configOf(setup, dataDir)
  const world = await openWorldAsFound(config)
  try {
    return {
      topics: await dumpTopics(world.log),
      stores: [await dumpStore(await world.stateStore(0), trackerSettingsOf(config).joiner)],
    }
  } finally {
    await world.close()
  }
}

export function configOf(setup: KillSetup, dataDir: string): Promise<Config> {
  const flags = FLAGS.map((flag) => flag.split('=') as [string, string])
  return loadConfig({ file: setup.configFile, environment: {}, flags: [...flags, ['dataDir', dataDir]] })
}
