import { type Command, Option } from 'commander'
import {
  ALERT_FAMILIES,
  ALERT_STATUSES,
  type AlertFamily,
  type AlertStatus,
} from '../../core/contracts/lifecycle-alert.ts'
import { parseTime } from '../dlq/parse-time.ts'
import { addConfigOptions, addSettingOptions, type ConfigOptions, configOf } from './config-options.ts'
import { requireSubcommand } from './subcommands.ts'
import { wholeNumber } from './whole-number.ts'

interface ListOptions extends ConfigOptions {
  readonly status?: AlertStatus
  readonly family?: AlertFamily
  readonly limit: number
  readonly json?: boolean
}

interface BacktestOptions extends ConfigOptions {
  readonly rules?: string
  readonly from?: number
  readonly to?: number
  readonly json?: boolean
}

export function addAlertsCommand(program: Command): void {
  const command = program.command('alerts').description('Alerts: what fires, why, and how often other rules would have')
  addConfigOptions(command.command('list').description('Print alerts as they are now, the newest first'))
    .addOption(new Option('--status <status>', 'only these').choices(ALERT_STATUSES))
    .addOption(new Option('--family <family>', 'only of this family').choices(ALERT_FAMILIES))
    .option('--limit <n>', 'alerts at most', wholeNumber('--limit'), 50)
    .option('--json', 'as JSON lines')
    .action(async ({ status, family, limit, json = false, ...options }: ListOptions) => {
      const { listAlerts } = await import('./alerts-list.ts')
      await listAlerts(await configOf(options), { status, family, limit, json })
    })
  addConfigOptions(
    command
      .command('explain [rule]')
      .description('Say what a rule watches, its bounds, its present value and what to do'),
  )
    .option('--json', 'as JSON')
    .action(async (rule: string | undefined, { json = false, ...options }: ConfigOptions & { json?: boolean }) => {
      const { explainAlerts } = await import('./alerts-explain.ts')
      await explainAlerts(await configOf(options), rule ?? null, json)
    })
  addSettingOptions(
    command.command('test <rule>').description('Send a test alert of a rule through the configured sinks, and its end'),
  ).action(async (rule: string, options: ConfigOptions) => {
    const { testAlert } = await import('./alerts-test.ts')
    await testAlert(await configOf(options), rule)
  })
  addConfigOptions(
    command.command('backtest').description('Say how often each rule would have fired on what the data folder holds'),
  )
    .option('--rules <file>', 'YAML of alerts.rules, over the configured ones')
    .option('--from <time>', 'from a day or a time (UTC)', parseTime('--from'))
    .option('--to <time>', 'to a day or a time', parseTime('--to', true))
    .option('--json', 'as JSON, with every alert')
    .action(async ({ rules, from, to, json = false, ...options }: BacktestOptions) => {
      const { backtest } = await import('./alerts-backtest.ts')
      await backtest(await configOf(options), { rules: rules ?? null, fromMs: from, toMs: to, json })
    })
  requireSubcommand(command, 'use alerts')
}
