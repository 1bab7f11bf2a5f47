import { type Command, Option } from 'commander'
import { addRankerOptions, addSettingOptions, type ConfigOptions, configOf } from './config-options.ts'
import { wholeNumber } from './whole-number.ts'

interface DriftOptions extends ConfigOptions {
  readonly change: 'tastes' | 'stages'
  readonly users: number
  readonly items: number
  readonly daysBefore: number
  readonly daysAfter: number
  readonly worlds: number
  readonly seed: number
  readonly json?: string
}

export function addDriftCommand(program: Command): void {
  const command = program.command('drift').description('How long the ranker takes to recover when the world changes')
  addRankerOptions(addSettingOptions(command))
    .addOption(new Option('--change <what>', 'what changes').choices(['tastes', 'stages']).default('tastes'))
    .option('--users <n>', 'users of a world', wholeNumber('--users', 2), 1000)
    .option('--items <n>', 'items of its catalogue', wholeNumber('--items', 1), 500)
    .option('--days-before <n>', 'days before the change', wholeNumber('--days-before', 1), 10)
    .option('--days-after <n>', 'days after it', wholeNumber('--days-after', 1), 10)
    .option('--worlds <n>', 'worlds, each with a seed of its own', wholeNumber('--worlds', 1), 2)
    .option('--seed <n>', 'seed of the worlds', wholeNumber('--seed'), 1)
    .option('--json <file>', 'write the result as JSON')
    .action(async (options: DriftOptions) => {
      const config = await configOf(options)
      const { driftAndPrint } = await import('./drift-and-print.ts')
      await driftAndPrint(config, options)
    })
}
