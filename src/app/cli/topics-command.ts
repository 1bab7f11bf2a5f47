import type { Command } from 'commander'
import { addSettingOptions, type ConfigOptions, configOf } from './config-options.ts'
import { requireSubcommand } from './subcommands.ts'

interface TopicsOptions extends ConfigOptions {
  readonly json?: boolean
}

export function addTopicsCommand(program: Command): void {
  const command = program.command('topics').description("Compare Kafka's topics with the configuration")
  addSettingOptions(command.command('plan'))
    .description('Print what is missing or different; exit code 0 when nothing is, 2 otherwise')
    .option('--json', 'as JSON')
    .action(async (options: TopicsOptions) => {
      const { planTopics } = await import('./topics-plan-and-apply.ts')
      await planTopics(await configOf(options), options.json ?? false)
    })
  addSettingOptions(command.command('apply'))
    .description('Create what is missing and change what is different; deletes nothing')
    .option('--json', 'as JSON')
    .action(async (options: TopicsOptions) => {
      const { applyTopics } = await import('./topics-plan-and-apply.ts')
      await applyTopics(await configOf(options), options.json ?? false)
    })
  requireSubcommand(command, 'use topics')
}
