import { createLogUpdate } from 'log-update'
import type { Config } from '../config/config-schema.ts'
import type { Observed } from '../observability/metrics.ts'
import { Pipeline } from '../pipeline.ts'
import { type ApiService, openApiService } from '../serving/api-service.ts'
import { isPortTaken } from '../serving/port-taken.ts'
import { SimulatedSource } from '../simulated-source.ts'
import { type BackendName, chooseBackend } from '../tensor-backend.ts'
import { Housekeeping } from '../upkeep/housekeeping.ts'
import { openWorld, SILENT, type World } from '../wire.ts'
import { LiveBoard } from './live-board.ts'
import { print } from './output.ts'
import { packageVersion } from './package-version.ts'
import { RateMeter } from './rate-meter.ts'
import { observedPipeline } from './observed-pipeline.ts'
import { type LiveFrame, plainLine, renderLiveView } from './render-live-view.ts'
import { SkewWatch } from '../replay/skew-watch.ts'
import { StopSignal } from './stop-signal.ts'
import { Trend } from './trend.ts'

const TICK_MS = 100
const FRAME_EVERY_MS = 500
const PLAIN_EVERY_MS = 5000
const SAVE_EVERY_MS = 10_000
const CLEAR_SCREEN = '\u001B[2J\u001B[H'

/** Runs the simulated shop through the whole program until the signal to stop, or for so long. */
export async function demo(config: Config, forMs: number): Promise<void> {
  const stop = new StopSignal()
  const backend = await chooseBackend(config.ranker.backend)
  const world = await openWorld(config, packageVersion())
  try {
    const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
    const skew = SkewWatch.start(config, world, () => pipeline.trackers.keys(), SILENT)
    try {
      const observed = { ...observedPipeline(world, pipeline), skew: () => skew.totals() }
      const api = await openApi(config, world, observed)
      try {
        stop.stopWhenFailed(api.following)
        const housekeeping = await Housekeeping.open(config, world, pipeline, api.kept, SILENT)
        await new Demo(config, world, pipeline, backend.name, api.address).run(stop, forMs, housekeeping)
        await housekeeping.close()
        stop.throwFailure()
      } finally {
        await api.close()
      }
    } finally {
      await skew.stop()
      pipeline.dispose()
    }
  } finally {
    await world.close()
  }
  await print(`Stopped. ${config.dataDir} holds everything; the next start goes on from here.\n`)
}

/** On the configured port, or any free one where another process has it. */
async function openApi(config: Config, world: World, observed: Observed): Promise<ApiService> {
  const open = (at: Config) => openApiService(at, world, observed, packageVersion(), SILENT)
  try {
    return await open(config)
  } catch (error) {
    if (!isPortTaken(error)) throw error
    return open({ ...config, api: { ...config.api, port: 0 } })
  }
}

class Demo {
  private readonly config: Config
  private readonly world: World
  private readonly pipeline: Pipeline
  private readonly backend: BackendName
  private readonly address: string
  private readonly board: LiveBoard
  private readonly meter = new RateMeter()
  private readonly aucTrends: ReadonlyMap<string, Trend>
  private readonly draw = createLogUpdate(process.stdout)
  private readonly isLive = process.stdout.isTTY && process.env.TERM !== 'dumb'
  private resized = false

  constructor(config: Config, world: World, pipeline: Pipeline, backend: BackendName, address: string) {
    this.config = config
    this.world = world
    this.pipeline = pipeline
    this.backend = backend
    this.address = address
    this.board = new LiveBoard(world.log, world.codecs)
    this.aucTrends = new Map(config.tasks.map(({ name }) => [name, new Trend()]))
  }

  /** Feeds the pipeline at the configured rate; what it cannot keep up with is not made, so nothing piles up. */
  async run(stop: StopSignal, forMs: number, housekeeping: Housekeeping): Promise<void> {
    const source = await SimulatedSource.open(this.config, this.world)
    const startedMs = Date.now()
    const frameEveryMs = this.isLive ? FRAME_EVERY_MS : PLAIN_EVERY_MS
    let frameMs = startedMs
    let saveMs = startedMs
    this.meter.rate(this.pipeline.counters().events, startedMs)
    process.stdout.on('resize', () => (this.resized = true))
    if (!this.isLive) await print(`Dashboard and API on ${this.address}\n`)
    await this.show(startedMs, startedMs)
    while (!stop.stopped && Date.now() - startedMs < forMs) {
      const tickMs = Date.now()
      await source.append(Math.max(1, Math.round((this.config.simulator.eventsPerSecond * TICK_MS) / 1000)))
      await this.pipeline.round({ partial: true })
      const nowMs = Date.now()
      await housekeeping.step(nowMs)
      if (nowMs - frameMs >= frameEveryMs || this.resized) {
        frameMs = nowMs
        await this.show(nowMs, startedMs)
      }
      if (nowMs - saveMs >= SAVE_EVERY_MS) {
        saveMs = nowMs
        await source.save()
      }
      await stop.wait(Math.max(0, tickMs + TICK_MS - Date.now()))
    }
    await source.save()
    await this.show(Date.now(), startedMs)
    this.draw.done()
  }

  private async show(nowMs: number, startedMs: number): Promise<void> {
    await this.board.follow()
    const frame = this.frame(nowMs, startedMs)
    if (!this.isLive) return print(`${plainLine(frame)}\n`)
    if (this.resized) {
      // The lines drawn before may have been wrapped: their number is not known any more.
      this.resized = false
      this.draw.clear()
      await print(CLEAR_SCREEN)
    }
    this.draw(renderLiveView(frame, process.stdout))
  }

  private frame(nowMs: number, startedMs: number): LiveFrame {
    const { pipeline, board, config } = this
    const counters = pipeline.counters()
    const window = pipeline.trainer!.window
    const tasks = Object.entries(window.overall()).map(([task, metrics]) => {
      const trend = this.aucTrends.get(task)!
      trend.add(metrics.auc)
      return { task, ...metrics, aucTrend: trend.values }
    })
    return {
      title: `simulated shop of ${config.simulator.users.toLocaleString('en-US')} users`,
      dataDir: config.dataDir,
      address: this.address,
      streamTime: Math.max(...pipeline.trackers.map(({ streamTime }) => streamTime)),
      runningSeconds: (nowMs - startedMs) / 1000,
      events: counters.events,
      eventsPerSecond: this.meter.rate(counters.events, nowMs),
      examples: counters.examples + counters.corrections,
      trained: pipeline.trainer!.trainedExamples,
      bundleVersion: pipeline.trackers[0].bundleVersion,
      deadLetters: counters.deadLetters,
      users: board.userCount,
      usersByStage: board.usersByStage,
      dormant: board.dormant,
      transitionCount: board.transitionCount,
      transitions: board.transitions,
      alertCount: board.alertCount,
      alerts: board.alerts,
      tasks,
      windowExamples: window.size,
      mode: config.ranker.mode,
      backend: this.backend,
      rssBytes: process.memoryUsage.rss(),
    }
  }
}
