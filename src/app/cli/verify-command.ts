import type { Command } from 'commander'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { wholeNumber } from './whole-number.ts'

export function addVerifyCommand(program: Command): void {
  addConfigOptions(
    program
      .command('verify')
      .description('Replay the log, and compare every state with the store, the changelog and user-states'),
  )
    .option('--partition <n>', 'this partition alone', wholeNumber('--partition'))
    .option('--json', 'as JSON')
    .action(async (options: ConfigOptions & { partition?: number; json?: boolean }) => {
      const { verifyAndPrint } = await import('./verify-and-print.ts')
      await verifyAndPrint(await configOf(options), options.partition, options.json ?? false)
    })
}
