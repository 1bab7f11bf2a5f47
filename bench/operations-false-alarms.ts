/**
 * How often do the rules that watch a process fire when nothing is wrong with it? All roles of the program run on an
 * embedded log under a simulated stream that never changes, at several shares of the load that it can track, and are
 * stopped and started again in between, once of two times without the state store, which is then restored from the
 * changelog. What lag-burn, restore-stuck, freshness or state-skew say of that is a false alarm, unless the machine had
 * no time for the load: each firing is kept with what it said.
 *
 *     node --max-semi-space-size=128 --import tsx bench/operations-false-alarms.ts [--seconds 120] [--json FILE]
 *
 * Two judges look at it, both with the defaults. The program's own monitor runs beside it. And what was observed four
 * times a second is judged again with time stretched: at stretch 30 a minute stands for half an hour. Only the times are
 * stretched; lags and ages stay as they were seen, and so does their share of the looks. Each disturbance then lasts 30
 * times as long as it did, and windows that end it in reality do not: the firings of a stretched run are at least those
 * of a real one of that length with as many restarts. What it cannot tell of is what takes hours to come about.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { latestAlerts } from '../src/app/alerts/latest-alerts.ts'
import { NOT_REPLAYED } from '../src/app/alerts/backtest/summarize-backtest.ts'
import { ProcessObserver } from '../src/app/alerts/process-observer.ts'
import { alertSettingsOf } from '../src/app/config/alerts-config.ts'
import { type Config, configSchema } from '../src/app/config/config-schema.ts'
import { TRACKER_GROUP } from '../src/app/pipeline.ts'
import { SimulatedSource } from '../src/app/simulated-source.ts'
import { chooseBackend } from '../src/app/tensor-backend.ts'
import { TOPICS } from '../src/app/topics.ts'
import { AlertMonitor } from '../src/core/alerts/alert-monitor.ts'
import type { ProcessObservation } from '../src/core/alerts/observation.ts'
import type { Offset } from '../src/core/contracts/ids.ts'
import { check, printMachine, report } from './support/report.ts'
import { type Pace, PACES, type RunningProgram, startProgram } from './support/running-program.ts'

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, json: { type: 'string' } },
})
const SECONDS = Number(options.seconds)
const RULES: readonly string[] = NOT_REPLAYED
/** Of the load that is tracked while there is always more. */
const LOADS = [0.3, 0.6, 0.9]
const STRETCHES = [1, 10, 30]
const WARM_UP_MS = 15_000
const FULL_LOAD_MS = 20_000
const TICK_MS = 100
const LOOK_MS = 250
/** Interactions that wait while the full load is measured. */
const WAITING = 8192
/** Of the users' states ten are compared where the default compares one, and six times as often. */
const VERIFICATION = { sampleShare: 0.1, everySeconds: 10 }
const SIMULATOR = { users: 2000, items: 500 }
const NOWHERE = { topic: TOPICS.interactions, partition: 0, offset: 0 as Offset }

/** A stretch of the run at one load. */
interface Cell {
  readonly load: number
  readonly eventsPerSecond: number
  readonly seconds: number
  readonly restarts: number
  /** Of each restart: until the program had stopped, and from there until it was at work again. */
  readonly stopSeconds: readonly number[]
  readonly startSeconds: readonly number[]
  readonly observations: readonly ProcessObservation[]
}

class Bench {
  readonly config: Config
  readonly pace: Pace
  readonly observations: ProcessObservation[] = []
  program!: RunningProgram
  source!: SimulatedSource
  private observer!: ProcessObserver
  private isWatching = false
  private watching: Promise<void> = Promise.resolve()

  constructor(config: Config, pace: Pace) {
    this.config = config
    this.pace = pace
  }

  async start(): Promise<void> {
    this.program = await startProgram(this.config, this.pace)
    this.program.failed.catch(() => {})
    this.source = await SimulatedSource.open(this.config, this.program.world)
    this.observer = new ProcessObserver(this.program.observed, this.program.view, this.config.partitions)
    this.isWatching = true
    this.watching = this.watch()
  }

  async stop(): Promise<void> {
    this.isWatching = false
    await this.watching
    await this.source.save()
    await this.program.stop()
  }

  async restart({ withoutStore }: { withoutStore: boolean }): Promise<{ stopMs: number; startMs: number }> {
    const beganMs = performance.now()
    await this.stop()
    const stoppedMs = performance.now()
    if (withoutStore) await rm(join(this.config.dataDir, 'store', '0'), { recursive: true })
    await this.start()
    return { stopMs: stoppedMs - beganMs, startMs: performance.now() - stoppedMs }
  }

  /** Interactions that the tracker has not committed, and those that it has. */
  async tracked(): Promise<{ lag: number; done: number }> {
    const { log } = this.program.world
    const done = (await log.committed(TRACKER_GROUP, TOPICS.interactions, 0)) ?? 0
    return { lag: (await log.endOffset(TOPICS.interactions, 0)) - done, done }
  }

  private async watch(): Promise<void> {
    while (this.isWatching) {
      this.observations.push(...(await this.observer.look(Date.now())))
      await setTimeout(LOOK_MS)
    }
  }
}

/** Interactions a second that are tracked where there are always more. */
async function fullLoad(bench: Bench): Promise<number> {
  const push = async (forMs: number): Promise<number> => {
    const before = await bench.tracked()
    const startedMs = performance.now()
    while (performance.now() - startedMs < forMs) {
      if ((await bench.tracked()).lag < WAITING) await bench.source.append(1000)
      else await setTimeout(10)
    }
    return (((await bench.tracked()).done - before.done) * 1000) / (performance.now() - startedMs)
  }
  await push(WARM_UP_MS)
  return push(FULL_LOAD_MS)
}

/** A steady load, what comes while the program is away included, with restarts at a third and two thirds of the time. */
async function runCell(bench: Bench, load: number, full: number): Promise<Cell> {
  while ((await bench.tracked()).lag > 0) await setTimeout(100)
  const rate = load * full
  bench.observations.length = 0
  const startedMs = performance.now()
  const elapsedMs = (): number => performance.now() - startedMs
  let appended = 0
  const restarts: { stopMs: number; startMs: number }[] = []
  while (elapsedMs() < SECONDS * 1000) {
    if (elapsedMs() > ((restarts.length + 1) / 3) * SECONDS * 1000) {
      restarts.push(await bench.restart({ withoutStore: restarts.length === 1 }))
    }
    const due = Math.floor((elapsedMs() * rate) / 1000) - appended
    if (due > 0) await bench.source.append(due)
    appended += Math.max(0, due)
    await setTimeout(TICK_MS)
  }
  const seconds = elapsedMs() / 1000
  const run = {
    seconds,
    restarts: restarts.length,
    stopSeconds: restarts.map(({ stopMs }) => stopMs / 1000),
    startSeconds: restarts.map(({ startMs }) => startMs / 1000),
  }
  return { load, eventsPerSecond: Math.round(rate), ...run, observations: [...bench.observations] }
}

/** What each rule says when it fires on the observations of a cell. */
function judge(config: Config, { observations }: Cell, stretch: number): Record<string, string[]> {
  const monitor = new AlertMonitor(alertSettingsOf(config.alerts.rules), config.tasks)
  const fired = Object.fromEntries(NOT_REPLAYED.map((rule): [string, string[]] => [rule, []]))
  const startMs = observations[0].timeMs
  for (const observation of observations) {
    const timeMs = startMs + (observation.timeMs - startMs) * stretch
    for (const alert of monitor.observe({ ...observation, timeMs }, NOWHERE)) {
      if (alert.status === 'firing') fired[alert.kind].push(alert.message)
    }
  }
  return fired
}

function summarize(config: Config, cell: Cell) {
  const { observations, ...rest } = cell
  const of = <Kind extends ProcessObservation['kind']>(kind: Kind) =>
    observations.filter((seen): seen is Extract<ProcessObservation, { kind: Kind }> => seen.kind === kind)
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0)
  const { maxLagRecords } = alertSettingsOf(config.alerts.rules)['lag-burn'].thresholds
  const restoring = of('restore').filter(({ remaining }) => Object.values(remaining).some((left) => left > 0))
  return {
    ...rest,
    looks: of('restore').length,
    looksOverLagBound: of('lag').filter(({ records }) => records > maxLagRecords).length,
    largestLagRecords: most(of('lag').map(({ records }) => records)),
    oldestViewSeconds: most(of('freshness').map(({ lagSeconds }) => lagSeconds)),
    looksDuringRestore: restoring.length,
    statesCompared: of('skew').reduce((sum, { checked }) => sum + checked, 0),
    fired: Object.fromEntries(STRETCHES.map((stretch) => [`stretch ${stretch}`, judge(config, cell, stretch)])),
  }
}

async function runPace(pace: Pace) {
  const dataDir = await mkdtemp(join(os.tmpdir(), 'stan-lifecycle-false-alarms-'))
  const config = configSchema.parse({
    dataDir,
    seed: 3,
    api: { port: 0 },
    simulator: SIMULATOR,
    verification: VERIFICATION,
    alerts: { log: false },
  })
  const bench = new Bench(config, pace)
  try {
    await bench.start()
    const full = await fullLoad(bench)
    report(`${pace}: full load`, `${Math.round(full)}/s`)
    const cells = []
    for (const load of LOADS) {
      const cell = summarize(config, await runCell(bench, load, full))
      cells.push(cell)
      report(`  at ${load} of it, ${cell.restarts} restarts`, JSON.stringify(cell.fired))
    }
    const { log, codecs } = bench.program.world
    const own = (await latestAlerts(log, codecs)).filter(({ kind }) => RULES.includes(kind))
    await bench.stop()
    return { pace, fullLoadPerSecond: Math.round(full), cells, ownMonitorFired: own.map(({ kind }) => kind) }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

printMachine()
const startedAt = performance.now()
const { name: backend } = await chooseBackend('auto')
const runs: Awaited<ReturnType<typeof runPace>>[] = []
for (const pace of PACES) runs.push(await runPace(pace))
const cells = runs.flatMap((run) => run.cells)
check(
  runs.every((run) => run.cells.some(({ statesCompared }) => statesCompared > 0)),
  'no state was compared',
)
check(
  runs[1].cells.every(({ looksDuringRestore }) => looksDuringRestore > 0),
  'no restore was seen',
)
const hours = cells.reduce((sum, { seconds }) => sum + seconds, 0) / 3600
const rules = NOT_REPLAYED.map((rule) => ({
  rule,
  ownMonitorFired: runs.flatMap(({ ownMonitorFired }) => ownMonitorFired).filter((kind) => kind === rule).length,
  fired: STRETCHES.map((stretch) => ({
    stretch,
    hours: hours * stretch,
    fired: cells.reduce((sum, { fired }) => sum + fired[`stretch ${stretch}`][rule].length, 0),
  })),
}))
for (const { rule, ownMonitorFired, fired } of rules) {
  const byStretch = fired.map((each) => `${each.fired} in ${each.hours.toFixed(1)} h (stretch ${each.stretch})`)
  report(rule, `${ownMonitorFired} by the program’s own monitor; ${byStretch.join(', ')}`)
}
if (options.json !== undefined) {
  const machine = `Node ${process.version}, ${os.cpus().length} cores (${os.cpus()[0].model})`
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const settings = { backend, simulator: SIMULATOR, verification: VERIFICATION, secondsOfALoad: SECONDS, loads: LOADS }
  const stretch =
    'The times of the observations, from the start of a load, times the stretch; lags and ages as they were seen. ' +
    'Each disturbance lasts that many times as long, so that a real run of the length would fire at most as often.'
  await writeFile(options.json, `${JSON.stringify({ machine, seconds, settings, stretch, rules, runs }, null, 2)}\n`)
}
