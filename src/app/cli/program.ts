import { Command } from 'commander'
import { addAbCommand } from './ab-command.ts'
import { addAlertsCommand } from './alerts-command.ts'
import { addCatCommand } from './cat-command.ts'
import { addConfigCommand } from './config-command.ts'
import { addDemoCommand } from './demo-command.ts'
import { addDiffCommand } from './diff-command.ts'
import { addDlqCommand } from './dlq-command.ts'
import { addEraseCommand } from './erase-command.ts'
import { addDriftCommand } from './drift-command.ts'
import { addEvaluateCommand } from './evaluate-command.ts'
import { addIngestCommand } from './ingest-command.ts'
import { ignoreBrokenPipes } from './output.ts'
import { packageVersion } from './package-version.ts'
import { addRunCommand } from './run-command.ts'
import { addStateCommand } from './state-command.ts'
import { requireSubcommand } from './subcommands.ts'
import { addTopicsCommand } from './topics-command.ts'
import { addVerifyCommand } from './verify-command.ts'
import { addWhatIfCommand } from './what-if-command.ts'
import { addWhyCommand } from './why-command.ts'

/**
 * The command line. Every command throws what goes wrong; main.ts turns it into a line and an exit code. A command's
 * file holds its options and loads the rest when it runs, so that help and a wrong option answer at once.
 */
export function buildProgram(): Command {
  ignoreBrokenPipes()
  const program = new Command('stan-lifecycle')
    .description('Streaming user-lifecycle state tracker with an online STAN ranker')
    .version(packageVersion())
    .option('--debug', 'print the stack of a failure')
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .exitOverride()
  for (const add of [
    addDemoCommand,
    addRunCommand,
    addIngestCommand,
    addStateCommand,
    addWhyCommand,
    addDiffCommand,
    addCatCommand,
    addDlqCommand,
    addEraseCommand,
    addAlertsCommand,
    addTopicsCommand,
    addVerifyCommand,
    addWhatIfCommand,
    addEvaluateCommand,
    addAbCommand,
    addDriftCommand,
    addConfigCommand,
  ]) {
    add(program)
  }
  requireSubcommand(program, 'run')
  for (const command of program.commands) {
    for (const leaf of [command, ...command.commands])
      leaf.exitOverride().option('--debug', 'print the stack of a failure')
  }
  return program
}

/** Commander's sentence about a wrong call, in the form of all others. */
function oneLine(text: string): string {
  const sentence = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
  return `stan-lifecycle: ${sentence}; --help lists what there is\n`
}
