import type { Command } from 'commander'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { moment } from './moment.ts'
import { requireOrder } from './require-order.ts'

interface DiffOptions extends ConfigOptions {
  readonly from: number
  readonly to: number
  readonly json?: boolean
}

export function addDiffCommand(program: Command): void {
  addConfigOptions(
    program.command('diff <user>').description("The fields of a user's state that differ between two times"),
  )
    .requiredOption('--from <time>', 'event time: ISO 8601, or unix ms', moment('--from'))
    .requiredOption('--to <time>', 'a later one', moment('--to', true))
    .option('--json', 'as JSON')
    .action(async (user: string, options: DiffOptions) => {
      requireOrder(options.from, options.to)
      const { printDifference } = await import('./print-history.ts')
      await printDifference(await configOf(options), user, options.from, options.to, options.json ?? false)
    })
}
