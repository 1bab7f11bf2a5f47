import type { Command } from 'commander'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { moment } from './moment.ts'

interface StateOptions extends ConfigOptions {
  readonly at?: number
  readonly json?: boolean
}

export function addStateCommand(program: Command): void {
  addConfigOptions(
    program.command('state <user>').description('Print the latest published state of a user, or an earlier one'),
  )
    .option('--at <time>', 'as it was at this event time: ISO 8601, or unix ms', moment('--at'))
    .option('--json', 'as JSON')
    .action(async (user: string, options: StateOptions) => {
      const { at, json = false } = options
      const config = await configOf(options)
      if (at === undefined) return (await import('./print-state.ts')).printState(config, user, json)
      return (await import('./print-history.ts')).printStateAt(config, user, at, json)
    })
}
