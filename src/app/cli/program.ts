import { Command } from 'commander'
import { addCatCommand } from './cat-command.ts'
import { addConfigCommand } from './config-command.ts'
import { addDemoCommand } from './demo-command.ts'
import { addEvaluateCommand } from './evaluate-command.ts'
import { addIngestCommand } from './ingest-command.ts'
import { addRunCommand } from './run-command.ts'
import { packageVersion } from './package-version.ts'
import { addStateCommand } from './state-command.ts'

/** The command line. Every command throws what goes wrong; main.ts turns it into a line and an exit code. */
export function buildProgram(): Command {
  const program = new Command('stan-lifecycle')
    .description('Streaming user-lifecycle state tracker with an online STAN ranker')
    .version(packageVersion())
    .option('--debug', 'print the stack of a failure')
    .showHelpAfterError('(--help lists the options)')
    .exitOverride()
  for (const add of [
    addDemoCommand,
    addRunCommand,
    addIngestCommand,
    addStateCommand,
    addCatCommand,
    addEvaluateCommand,
    addConfigCommand,
  ]) {
    add(program)
  }
  for (const command of program.commands) {
    for (const leaf of [command, ...command.commands])
      leaf.exitOverride().option('--debug', 'print the stack of a failure')
  }
  return program
}
