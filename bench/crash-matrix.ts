/**
 * Do outputs, state and positions of a tracker on Kafka stay the same through crashes? Every step of its work is killed,
 * with the same and with a fresh data folder, and further faults are made, on real brokers of two versions; each cell
 * must end like a run without faults. Exit code 1 when one does not.
 *
 *     node --import tsx bench/crash-matrix.ts [--seeds 2] [--only zombie,store] [--kafka 4.4.0] [--json results.json]
 */
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import { parseArgs } from 'node:util'
import { brokerLossCell, brokerRestartCell } from '../test/support/kafka/crash-brokers.ts'
import { CRASH_PROPERTIES } from '../test/support/kafka/crash-cell.ts'
import { killCell } from '../test/support/kafka/crash-kill.ts'
import { CRASH_STEPS, NEXT_DATA_DIRS } from '../test/support/kafka/crash-steps.ts'
import { stormCell, transactionTimeOutCell, zombieCell } from '../test/support/kafka/crash-stops.ts'
import { cutStoreCell, fullDiskCell, journalCell } from '../test/support/kafka/crash-stores.ts'
import { type KafkaCluster, startKafkaCluster } from '../test/support/kafka/kafka-cluster.ts'
import { KAFKA_VERSIONS, type KafkaVersion } from '../test/support/kafka/kafka-versions.ts'
import { printMachine } from './support/report.ts'

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2' },
    only: { type: 'string' },
    kafka: { type: 'string' },
    json: { type: 'string' },
  },
})
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + 1)
const only = options.only?.split(',')
/** Kills that run side by side. */
const LANES = 2
const DETAIL_WIDTH = 110

interface Cell {
  /** The step that is killed; empty where the fault is not one of a step. */
  readonly step: string
  readonly fault: string
  readonly run: (cluster: KafkaCluster) => Promise<string>
}

interface Row {
  readonly step: string
  readonly fault: string
  readonly kafka: KafkaVersion
  readonly outcome: 'ok' | 'failed'
  readonly detail: string
}

const kills: Cell[] = CRASH_STEPS.flatMap((step) =>
  NEXT_DATA_DIRS.flatMap((next) =>
    seeds.map((seed) => ({
      step,
      fault: `kill, ${next}, seed ${seed}`,
      run: (cluster: KafkaCluster) => killCell(cluster, step, next, seed),
    })),
  ),
)

const perSeed = (fault: string, run: (cluster: KafkaCluster, seed: number) => Promise<string>): Cell[] =>
  seeds.map((seed) => ({ step: '', fault: `${fault}, seed ${seed}`, run: (cluster) => run(cluster, seed) }))

/** One after the other: they depend on time-outs, and the last one takes the broker from under the others. */
const others: Cell[] = [
  ...perSeed('zombie', zombieCell),
  ...perSeed('storm of 2', (cluster, seed) => stormCell(cluster, 2, seed)),
  ...perSeed('storm of 3', (cluster, seed) => stormCell(cluster, 3, seed)),
  ...perSeed('transaction time-out', transactionTimeOutCell),
  { step: '', fault: 'full disk for the store', run: fullDiskCell },
  ...perSeed('store cut at random bytes', cutStoreCell),
  ...perSeed('store journal overwritten', journalCell),
  ...perSeed('broker restart', brokerRestartCell),
]
const losses: Cell[] = [{ step: '', fault: 'broker loss', run: (cluster) => brokerLossCell(cluster, 1) }]

function chosen(cells: readonly Cell[]): Cell[] {
  return cells.filter(({ step, fault }) => !only || only.some((name) => step === name || fault.startsWith(name)))
}

async function runCell({ step, fault, run }: Cell, cluster: KafkaCluster): Promise<Row> {
  const started = performance.now()
  const row = async (): Promise<Pick<Row, 'outcome' | 'detail'>> => {
    try {
      return { outcome: 'ok', detail: await run(cluster) }
    } catch (error) {
      return { outcome: 'failed', detail: error instanceof Error ? error.message : String(error) }
    }
  }
  const done = { step, fault, kafka: cluster.version, ...(await row()) }
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`${done.outcome} ${cluster.version} ${step} ${fault} (${seconds} s): ${done.detail}`)
  return done
}

async function runOn(version: KafkaVersion, nodes: 1 | 3, cells: readonly Cell[], lanes: number): Promise<Row[]> {
  if (cells.length === 0) return []
  const cluster = await startKafkaCluster({ version, nodes, properties: CRASH_PROPERTIES })
  const waiting = cells.values()
  const rows: Row[] = []
  const work = async (): Promise<void> => {
    for (const cell of waiting) rows.push(await runCell(cell, cluster))
  }
  try {
    await Promise.all(Array.from({ length: lanes }, work))
  } finally {
    await cluster.stop()
  }
  return cells.flatMap(({ step, fault }) => rows.find((row) => row.step === step && row.fault === fault) ?? [])
}

function printTable(rows: readonly Row[], versions: readonly KafkaVersion[]): void {
  console.log(
    `\n${'step'.padEnd(9)}${'fault'.padEnd(34)}${versions.map((version) => version.padEnd(8)).join('')}detail`,
  )
  for (const { step, fault } of rows.filter(({ kafka }) => kafka === versions[0])) {
    const same = versions.map((version) =>
      rows.find((row) => row.kafka === version && row.step === step && row.fault === fault),
    )
    const told = same.find((row) => row?.outcome === 'failed') ?? same[0]
    const outcomes = same.map((row) => (row?.outcome ?? 'not run').padEnd(8)).join('')
    console.log(`${(step || '-').padEnd(9)}${fault.padEnd(34)}${outcomes}${told?.detail.slice(0, DETAIL_WIDTH)}`)
  }
}

printMachine()
const versions = KAFKA_VERSIONS.filter((version) => options.kafka === undefined || version === options.kafka)
const rows: Row[] = []
for (const version of versions) {
  rows.push(...(await runOn(version, 1, chosen(kills), LANES)))
  rows.push(...(await runOn(version, 1, chosen(others), 1)))
  rows.push(...(await runOn(version, 3, chosen(losses), 1)))
}
printTable(rows, versions)
const failed = rows.filter(({ outcome }) => outcome === 'failed').length
console.log(`\n${rows.length - failed} of ${rows.length} cells equal the run without faults`)
if (options.json !== undefined) {
  const machine = { node: process.version, cores: os.cpus().length, cpu: os.cpus()[0].model }
  await writeFile(options.json, `${JSON.stringify({ machine, seeds, rows }, null, 2)}\n`)
}
process.exitCode = failed > 0 ? 1 : 0
