import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { importWorld } from '../../core/simulator/world-snapshot.ts'
import { type Backtest, backtestAlerts } from '../alerts/backtest/backtest-alerts.ts'
import { SimulatedTruth } from '../alerts/backtest/simulated-truth.ts'
import { NOT_REPLAYED, type RuleSummary, summarizeBacktest } from '../alerts/backtest/summarize-backtest.ts'
import type { Config } from '../config/config-schema.ts'
import { loadConfig } from '../config/load-config.ts'
import { textTable } from '../report/text-table.ts'
import { alertJson } from '../serving/operations-report-routes.ts'
import { savedShop } from '../simulated-source.ts'
import { memoryWorld, openWorldAsFound, type World } from '../wire.ts'
import { print } from './output.ts'

export interface BacktestChoice {
  readonly rules: string | null
  readonly fromMs?: number
  readonly toMs?: number
  readonly json: boolean
}

/** Subjects of a rule in the table. */
const SHOWN = 3

export async function backtest(configured: Config, choice: BacktestChoice): Promise<void> {
  const config = choice.rules === null ? configured : await withRules(configured, choice.rules)
  const { fromMs = 0, toMs = Infinity } = choice
  if (fromMs > toMs) throw new RangeError('Cannot backtest: --from is after --to')
  const world = await openWorldAsFound(config)
  const memory = await memoryWorld(config)
  try {
    const result = await backtestAlerts(config, world, await memory.viewStore('view'))
    if (result.users.length === 0) {
      throw new LifecycleError('unknown-user', `Cannot backtest: ${config.dataDir} holds no user yet`)
    }
    const from = Math.max(fromMs, result.sinceMs)
    const to = Math.min(toMs, result.untilMs)
    const truth = await truthOf(config, world, result, from, to)
    const stalledAfterDays = config.alerts.rules['onboarding-stalled'].afterDays as number
    const summaries = summarizeBacktest(result.alerts, from, to, truth, stalledAfterDays)
    await (choice.json ? printJson(summaries, result, from, to) : printTable(summaries, from, to, truth !== null))
  } finally {
    await memory.close()
    await world.close()
  }
}

/** The file's rules over the configured ones; refused by the schema of the configuration where they are wrong. */
async function withRules(config: Config, file: string): Promise<Config> {
  let rules: unknown
  try {
    rules = parseYaml(await readFile(file, 'utf8'))
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : 'it is no YAML'
    throw new LifecycleError('unreadable-file', `Cannot read the rules ${file}: ${reason}`, { cause })
  }
  if (typeof rules !== 'object' || rules === null || Array.isArray(rules)) {
    throw new LifecycleError('invalid-config', `Cannot use the rules ${file}: it is not a map of rules`)
  }
  const held = config.alerts.rules as Readonly<Record<string, object>>
  const merged = Object.entries(rules as Record<string, unknown>).map(([name, rule]) => {
    const isMap = typeof rule === 'object' && rule !== null && !Array.isArray(rule)
    return [name, isMap ? { ...held[name], ...rule } : rule]
  })
  const preset = structuredClone({
    ...config,
    alerts: { ...config.alerts, rules: { ...held, ...Object.fromEntries(merged) } },
  })
  return loadConfig({ preset, environment: {}, flags: [] })
}

/** The hidden lives, where the data folder is of the simulated shop. */
async function truthOf(config: Config, world: World, { users, untilMs }: Backtest, from: number, to: number) {
  if (config.log !== 'embedded' || !existsSync(join(config.dataDir, 'simulator'))) return null
  const saved = await savedShop(await world.sideStore('simulator'))
  return saved && new SimulatedTruth(importWorld(saved.snapshot), users, untilMs, from, to)
}

async function printJson(rules: readonly RuleSummary[], { alerts }: Backtest, from: number, to: number): Promise<void> {
  const within = alerts.filter(({ eventTime }) => eventTime >= from && eventTime <= to)
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  await print(
    `${JSON.stringify({ ...range, rules, notReplayed: NOT_REPLAYED, alerts: within.map(alertJson) }, null, 2)}\n`,
  )
}

async function printTable(rules: readonly RuleSummary[], from: number, to: number, hasTruth: boolean): Promise<void> {
  const head = [
    'rule',
    'fired',
    'resolved',
    'per 30 days',
    ...(hasTruth ? ['precision', 'recall'] : []),
    'subjects',
    'the most',
  ]
  const rows = rules.map(({ rule, fired, resolved, perMonth, subjects, truth }) => [
    rule,
    String(fired),
    String(resolved),
    perMonth.toFixed(1),
    ...(hasTruth ? [rateText(truth!.precision), rateText(truth!.recall)] : []),
    String(subjects.length),
    subjects.slice(0, SHOWN).join(', '),
  ])
  const truthNote = hasTruth
    ? [
        'Precision and recall are against the simulator’s hidden lives; its population never changes, so that every alert about the whole is false.',
      ]
    : []
  const lines = [
    `From ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
    ...textTable([head, ...rows]),
    ...truthNote,
    `Not replayed, since they watch a process: ${NOT_REPLAYED.join(', ')}`,
    'posterior-collapse and embedding-drift see only the states that compaction has left',
  ]
  await print(`${lines.join('\n')}\n`)
}

function rateText(rate: number | null): string {
  return rate === null ? '–' : rate.toFixed(2)
}
