import type { Command } from 'commander'
import { createLogUpdate } from 'log-update'
import type { Config } from '../config/config-schema.ts'
import { Pipeline } from '../pipeline.ts'
import { SimulatedSource } from '../simulated-source.ts'
import { type BackendName, chooseBackend } from '../tensor-backend.ts'
import { openWorld, type World } from '../wire.ts'
import { addConfigOptions, addRankerOptions, type ConfigOptions, configOf } from './config-options.ts'
import { LiveBoard } from './live-board.ts'
import { packageVersion } from './package-version.ts'
import { parseDuration } from './parse-duration.ts'
import { RateMeter } from './rate-meter.ts'
import { type LiveFrame, plainLine, renderLiveView } from './render-live-view.ts'
import { StopSignal } from './stop-signal.ts'

const TICK_MS = 100
const FRAME_EVERY_MS = 500
const PLAIN_EVERY_MS = 5000
const SAVE_EVERY_MS = 10_000

interface DemoOptions extends ConfigOptions {
  readonly for?: number
  readonly rate?: string
}

export function addDemoCommand(program: Command): void {
  addRankerOptions(
    addConfigOptions(
      program.command('demo').description('Run a simulated shop through the whole program, live in the terminal'),
    ),
  )
    .option('--for <duration>', 'stop by itself, for example after 60s', parseDuration)
    .option('--rate <n>', 'events per second')
    .action(async (options: DemoOptions) => {
      const rate = options.rate === undefined ? [] : [`simulator.eventsPerSecond=${options.rate}`]
      const config = await configOf({ ...options, set: [...options.set, ...rate] })
      const backend = await chooseBackend(config.ranker.backend)
      const world = await openWorld(config, packageVersion())
      try {
        const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })
        try {
          await new Demo(config, world, pipeline, backend.name).run(options.for ?? Infinity)
        } finally {
          pipeline.dispose()
        }
      } finally {
        await world.close()
      }
      process.stdout.write(`Stopped. ${config.dataDir} holds everything; the next start goes on from here.\n`)
    })
}

class Demo {
  private readonly config: Config
  private readonly world: World
  private readonly pipeline: Pipeline
  private readonly backend: BackendName
  private readonly board: LiveBoard
  private readonly meter = new RateMeter()
  private readonly draw = createLogUpdate(process.stdout)

  constructor(config: Config, world: World, pipeline: Pipeline, backend: BackendName) {
    this.config = config
    this.world = world
    this.pipeline = pipeline
    this.backend = backend
    this.board = new LiveBoard(world.log, world.codecs)
  }

  /** Feeds the pipeline at the configured rate; what it cannot keep up with is not made, so nothing piles up. */
  async run(forMs: number): Promise<void> {
    const source = await SimulatedSource.open(this.config, this.world)
    const stop = new StopSignal()
    const startedMs = Date.now()
    const frameEveryMs = process.stdout.isTTY ? FRAME_EVERY_MS : PLAIN_EVERY_MS
    let frameMs = startedMs
    let saveMs = startedMs
    while (!stop.stopped && Date.now() - startedMs < forMs) {
      const tickMs = Date.now()
      await source.append(Math.max(1, Math.round((this.config.simulator.eventsPerSecond * TICK_MS) / 1000)))
      await this.pipeline.round({ partial: true })
      const nowMs = Date.now()
      if (nowMs - frameMs >= frameEveryMs) {
        frameMs = nowMs
        await this.show(nowMs, startedMs)
      }
      if (nowMs - saveMs >= SAVE_EVERY_MS) {
        saveMs = nowMs
        await source.save()
      }
      await stop.wait(Math.max(0, tickMs + TICK_MS - Date.now()))
    }
    await this.show(Date.now(), startedMs)
    this.draw.done()
    await source.save()
  }

  private async show(nowMs: number, startedMs: number): Promise<void> {
    await this.board.follow()
    const frame = this.frame(nowMs, startedMs)
    if (process.stdout.isTTY) this.draw(renderLiveView(frame, process.stdout.columns))
    else process.stdout.write(`${plainLine(frame)}\n`)
  }

  private frame(nowMs: number, startedMs: number): LiveFrame {
    const { pipeline, board, config } = this
    const counters = pipeline.counters()
    const window = pipeline.trainer!.window
    return {
      title: `simulated shop of ${config.simulator.users.toLocaleString('en-US')} users, data in ${config.dataDir}`,
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
      tasks: Object.entries(window.overall()).map(([task, metrics]) => ({ task, ...metrics })),
      windowExamples: window.size,
      mode: config.ranker.mode,
      backend: this.backend,
      rssBytes: process.memoryUsage.rss(),
    }
  }
}
