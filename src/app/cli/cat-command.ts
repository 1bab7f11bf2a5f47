import type { Command } from 'commander'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { wholeNumber } from './whole-number.ts'

export function addCatCommand(program: Command): void {
  addConfigOptions(program.command('cat <topic>').description('Print a topic of the embedded log as JSON lines'))
    .option('--from <offset>', 'first offset of each partition', wholeNumber('--from'))
    .option('--limit <n>', 'records at most', wholeNumber('--limit'))
    .action(async (topic: string, options: ConfigOptions & { from?: number; limit?: number }) => {
      const { printTopic } = await import('./print-topic.ts')
      await printTopic(await configOf(options), topic, options.from ?? 0, options.limit ?? Infinity)
    })
}
