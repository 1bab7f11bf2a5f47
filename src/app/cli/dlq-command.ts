import { type Command, Option } from 'commander'
import { DEAD_LETTER_CAUSES, type DeadLetterCause } from '../../core/contracts/dead-letter.ts'
import { parseLetterPosition } from '../dlq/letter-position.ts'
import { parseTime } from '../dlq/parse-time.ts'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { requireSubcommand } from './subcommands.ts'
import { wholeNumber } from './whole-number.ts'

interface ListOptions extends ConfigOptions {
  readonly cause?: DeadLetterCause
  readonly partition?: number
  readonly from?: number
  readonly to?: number
  readonly limit?: number
  readonly json?: boolean
}

interface ReplayOptions extends ConfigOptions {
  readonly cause?: DeadLetterCause
  readonly all?: boolean
  readonly limit?: number
  readonly maxAttempts: number
  readonly dryRun?: boolean
}

export function addDlqCommand(program: Command): void {
  const command = program.command('dlq').description('Dead letters: what was wrong with them, and another try')
  addListCommand(command)
  addConfigOptions(
    command.command('show <position>').description('Print all of one letter, by its partition@offset'),
  ).action(async (text: string, options: ConfigOptions) => {
    const position = parseLetterPosition(text)
    const { printLetter } = await import('./dlq-print.ts')
    await printLetter(await configOf(options), position)
  })
  addReplayCommand(command)
  requireSubcommand(command, 'use dlq')
}

function addListCommand(command: Command): void {
  addConfigOptions(command.command('list').description('Print dead letters, a line each'))
    .addOption(causeOption())
    .option('--partition <n>', 'of one partition', wholeNumber('--partition'))
    .option('--from <time>', 'not before a day or a time (UTC)', parseTime('--from'))
    .option('--to <time>', 'not after it', parseTime('--to', true))
    .option('--limit <n>', 'letters at most (100, with --json all)', wholeNumber('--limit'))
    .option('--json', 'as JSON lines')
    .action(async (options: ListOptions) => {
      const { cause, partition, from: fromMs, to: toMs, limit, json = false } = options
      const { printLetters } = await import('./dlq-print.ts')
      await printLetters(await configOf(options), { cause, partition, fromMs, toMs }, limit, json)
    })
}

function addReplayCommand(command: Command): void {
  addConfigOptions(
    command
      .command('replay [position...]')
      .description('Append letters to the topic that they came from; each goes once, a new failure is a new letter'),
  )
    .addOption(causeOption())
    .option('--all', 'all that were not replayed yet')
    .option('--limit <n>', 'letters at most', wholeNumber('--limit'))
    .option('--max-attempts <n>', 'refuse letters that have failed so often', wholeNumber('--max-attempts', 1), 3)
    .option('--dry-run', 'say what would go, and write nothing')
    .action(async (texts: string[], options: ReplayOptions) => {
      const { cause, all = false, limit = Infinity, maxAttempts, dryRun = false } = options
      const positions = texts.map(parseLetterPosition)
      if ([positions.length > 0, cause !== undefined, all].filter(Boolean).length !== 1) {
        throw new RangeError('Cannot replay: name positions, or --cause, or --all, and one of them only')
      }
      const { replay } = await import('./dlq-replay.ts')
      const selection =
        positions.length > 0
          ? { kind: 'positions' as const, positions }
          : { kind: 'cause' as const, cause: cause ?? null }
      await replay(await configOf(options), selection, { limit, maxAttempts, dryRun, nowMs: Date.now() })
    })
}

function causeOption(): Option {
  return new Option('--cause <cause>', 'of one cause').choices(DEAD_LETTER_CAUSES)
}
