/**
 * How often does each alert rule fire when nothing has changed? The simulated shop is stationary: one chain of stages,
 * one model of responses, for all days. Whatever a rule about the whole says of it is a false alarm; a rule about users
 * is right or wrong by their hidden lives.
 *
 *     node --max-semi-space-size=128 --import tsx bench/alert-false-alarms.ts --json bench/results/alert-false-alarms.json
 *
 * Days before the ranker has warmed up are left out.
 */
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import { MonitorFeed } from '../src/app/alerts/monitor-feed.ts'
import { backtestAlerts } from '../src/app/alerts/backtest/backtest-alerts.ts'
import { SimulatedTruth } from '../src/app/alerts/backtest/simulated-truth.ts'
import { NOT_REPLAYED, summarizeBacktest } from '../src/app/alerts/backtest/summarize-backtest.ts'
import { alertSettingsOf } from '../src/app/config/alerts-config.ts'
import { configSchema } from '../src/app/config/config-schema.ts'
import { Pipeline } from '../src/app/pipeline.ts'
import { chooseBackend } from '../src/app/tensor-backend.ts'
import { TOPICS } from '../src/app/topics.ts'
import { memoryWorld } from '../src/app/wire.ts'
import { AlertMonitor } from '../src/core/alerts/alert-monitor.ts'
import type { LifecycleAlert } from '../src/core/contracts/lifecycle-alert.ts'
import { nextEvents } from '../src/core/simulator/next-events.ts'
import { createWorld, DAY_MS } from '../src/core/simulator/world.ts'
import { check, printMachine, report } from './support/report.ts'

const WARM_UP_DAYS = 35
const DAYS = 95
const USERS = 400
/** A session a day and arrivals to the end: many users and few events, so that weeks and cohorts have enough users. */
const SHOP = {
  seed: 3,
  userCount: USERS,
  itemCount: 500,
  meanSessionsPerDay: 0.8,
  initialUserShare: 0.3,
  arrivalDays: DAYS,
}
/** Below their defaults: the shop is small. */
const RULES = {
  'quick-ratio-below-one': { minUsers: 20 },
  'cohort-below-forecast': { minUsers: 12 },
  'posterior-collapse': { window: 500 },
  'embedding-drift': { window: 500 },
}
const BATCH = 1000

const jsonAt = process.argv.indexOf('--json')
const startedAt = performance.now()
printMachine()
const config = configSchema.parse({ seed: 3, alerts: { rules: RULES } })
const backend = await chooseBackend('auto')
const shop = createWorld(SHOP)
const world = await memoryWorld(config)
const pipeline = await Pipeline.open(config, world, { tracker: true, ranker: true })

// In step with the tracker, as in a running program: user-states is compacted later.
const monitor = new AlertMonitor(alertSettingsOf(config.alerts.rules), config.tasks)
const feed = new MonitorFeed(world.log, world.codecs)
const raised: LifecycleAlert[] = []

const endMs = shop.settings.startTimeMs + DAYS * DAY_MS
let events = 0
for (let lastMs = 0; lastMs < endMs;) {
  const interactions = nextEvents(shop, BATCH)
  lastMs = interactions.at(-1)!.eventTime
  events += interactions.length
  await world.log.append(
    interactions.map((interaction) => ({
      topic: TOPICS.interactions,
      partition: 0,
      key: Buffer.from(interaction.userId),
      value: world.codecs.interaction.encode(interaction),
      timestamp: interaction.eventTime,
    })),
  )
  await pipeline.round({ partial: true })
  while ((await feed.follow((observation, source) => raised.push(...monitor.observe(observation, source)))) > 0);
}
await pipeline.finish()

const result = await backtestAlerts(config, world, await world.viewStore('backtest'))
const GROWTH = ['quick-ratio-below-one', 'cohort-below-forecast']
const alerts = [
  ...raised.filter(({ kind }) => !GROWTH.includes(kind)),
  ...result.alerts.filter(({ family, kind }) => family === 'user' || GROWTH.includes(kind)),
]
const judgedOf = (rule: string): number | null => {
  const subjects = monitor.state.subjects[rule]
  if (!subjects) return result.judged[rule] ?? null
  return Object.values(subjects).reduce((sum, { judged }) => sum + judged, 0)
}
check(result.users.length > USERS * 0.8, `only ${result.users.length} of ${USERS} users have come`)
const fromMs = shop.settings.startTimeMs + WARM_UP_DAYS * DAY_MS
const truth = new SimulatedTruth(shop, result.users, result.untilMs, fromMs, endMs)
const stalledAfterDays = config.alerts.rules['onboarding-stalled'].afterDays as number
const months = (DAYS - WARM_UP_DAYS) / 30
const rules = summarizeBacktest(alerts, fromMs, endMs, truth, stalledAfterDays).map(
  ({ rule, fired, truth: judged }) => {
    const falseAlarms = fired - judged!.right
    return {
      rule,
      judged: judgedOf(rule),
      fired,
      falseAlarms,
      falsePer30Days: falseAlarms / months,
      precision: judged!.precision,
      recall: judged!.recall,
    }
  },
)
for (const { rule, judged, fired, falsePer30Days, precision, recall } of rules) {
  const rates = [precision, recall].map((rate) => (rate === null ? '–' : rate.toFixed(2))).join(', ')
  report(
    rule,
    `${fired} fired, ${falsePer30Days.toFixed(1)} false per 30 days; ${judged === null ? `precision, recall ${rates}` : `judged ${judged} times`}`,
  )
}
console.log(`Not replayed, since they watch a process: ${NOT_REPLAYED.join(', ')}`)
const seconds = Math.round((performance.now() - startedAt) / 1000)
report(`${events} events of ${USERS} users, ${DAYS} days, ${WARM_UP_DAYS} of them left out`, `${seconds} s`)
if (jsonAt >= 0) {
  const machine = `Node ${process.version}, ${os.cpus().length} cores (${os.cpus()[0].model})`
  const settings = {
    ...SHOP,
    rules: RULES,
    users: USERS,
    days: DAYS,
    warmUpDays: WARM_UP_DAYS,
    events,
    backend: backend.name,
  }
  await writeFile(
    process.argv[jsonAt + 1],
    `${JSON.stringify({ machine, seconds, settings, rules, notReplayed: NOT_REPLAYED }, null, 2)}\n`,
  )
}
pipeline.dispose()
