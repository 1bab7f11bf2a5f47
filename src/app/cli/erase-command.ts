import type { Command } from 'commander'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { requireSubcommand } from './subcommands.ts'

/** `erase USER`, and `erasure audit USER`, which is also `erase USER --audit`. */
export function addEraseCommand(program: Command): void {
  addConfigOptions(program.command('erase <user>').description('Erase a user and everything that is kept of them'))
    .option('--audit', 'erase nothing: look for what is left of the user')
    .action(async (user: string, options: ConfigOptions & { audit?: boolean }) => {
      if (options.audit) return audit(user, options)
      const { eraseAndReport } = await import('./erase-and-report.ts')
      await eraseAndReport(await configOf(options), user, Date.now())
    })
  const erasure = program.command('erasure').description('Whether erased users are gone')
  addConfigOptions(
    erasure.command('audit <user>').description('Look for a user in every file of the data folder, or every topic'),
  ).action(audit)
  requireSubcommand(erasure, 'use erasure')
}

async function audit(user: string, options: ConfigOptions): Promise<void> {
  const { auditAndReport } = await import('./audit-and-report.ts')
  await auditAndReport(await configOf(options), user)
}
