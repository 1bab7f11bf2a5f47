import type { Command } from 'commander'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'

export function addStateCommand(program: Command): void {
  addConfigOptions(program.command('state <user>').description('Print the latest published state of a user'))
    .option('--json', 'as JSON')
    .action(async (user: string, options: ConfigOptions & { json?: boolean }) => {
      const { printState } = await import('./print-state.ts')
      await printState(await configOf(options), user, options.json ?? false)
    })
}
