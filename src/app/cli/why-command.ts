import type { Command } from 'commander'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { moment } from './moment.ts'
import { requireOrder } from './require-order.ts'

interface WhyOptions extends ConfigOptions {
  readonly from?: number
  readonly to?: number
  readonly json?: boolean
}

export function addWhyCommand(program: Command): void {
  addConfigOptions(
    program
      .command('why <user>')
      .description("The events that moved a user's stage, with what was believed before and after each"),
  )
    .option('--from <time>', 'moves from this event time on: ISO 8601, or unix ms', moment('--from'))
    .option('--to <time>', 'moves up to this event time', moment('--to', true))
    .option('--json', 'as JSON')
    .action(async (user: string, options: WhyOptions) => {
      const { from, to, json = false } = options
      requireOrder(from, to)
      const { printWhy } = await import('./print-history.ts')
      await printWhy(await configOf(options), user, { fromMs: from, toMs: to }, json)
    })
}
