import type { Command } from 'commander'
import { stringify } from 'yaml'
import { configJsonSchema } from '../config/config-schema.ts'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { print } from './output.ts'
import { requireSubcommand } from './subcommands.ts'

export function addConfigCommand(program: Command): void {
  const command = program.command('config').description('Print, check or describe the configuration')
  addConfigOptions(command.command('print').description('Print the complete configuration in effect'))
    .option('--json', 'as JSON')
    .action(async (options: ConfigOptions & { json?: boolean }) => {
      const config = await configOf(options)
      await print(options.json ? `${JSON.stringify(config, null, 2)}\n` : stringify(config))
    })
  addConfigOptions(
    command.command('validate').description('Check a configuration and say what is wrong with it'),
  ).action(async (options: ConfigOptions) => {
    await configOf(options)
    await print('The configuration is valid\n')
  })
  command
    .command('schema')
    .description('Print the JSON Schema of the configuration')
    .action(() => print(`${JSON.stringify(configJsonSchema(), null, 2)}\n`))
  requireSubcommand(command, 'use config')
}
