import type { Command } from 'commander'
import { MODE_NAMES } from '../../core/ranker/modes/mode-names.ts'
import { KUAIRAND_PRESET } from '../config/kuairand-preset.ts'
import { addSettingOptions, backendOption, type ConfigOptions, configOf } from './config-options.ts'
import { wholeNumber } from './whole-number.ts'

interface EvaluateOptions extends ConfigOptions {
  readonly data: string
  readonly modes: string
  readonly trainTo: string
  readonly validTo: string
  readonly seeds: number
  readonly prequential?: boolean
  readonly json?: string
}

/** KuaiRand's days are days of UTC+8. */
const UTC_OFFSET_MS = 8 * 3_600_000
const DAY_MS = 86_400_000

export function addEvaluateCommand(program: Command): void {
  addSettingOptions(
    program.command('evaluate').description('Train ranker modes on the same examples and compare them: table, JSON'),
  )
    .requiredOption('--data <kind:dir>', 'data set, for example kuairand:DIR')
    .option('--modes <list>', `comma-separated, of ${MODE_NAMES.join(', ')}`, 'ple,stan')
    .requiredOption('--train-to <date>', 'last training day, yyyy-mm-dd')
    .requiredOption('--valid-to <date>', 'last validation day; the days after it are the test')
    .option('--seeds <n>', 'runs of each mode with different seeds', wholeNumber('--seeds', 1), 1)
    .option('--prequential', 'also one pass in stream order, predict then train, judged on the second half')
    .addOption(backendOption())
    .option('--json <file>', 'write the result as JSON')
    .action(async (options: EvaluateOptions) => {
      const folder = kuairandFolder(options.data)
      const modes = modesOf(options.modes)
      const bounds = {
        trainEndMs: endOfDay('--train-to', options.trainTo),
        validEndMs: endOfDay('--valid-to', options.validTo),
      }
      if (bounds.validEndMs < bounds.trainEndMs) {
        throw new RangeError(
          `Cannot validate to ${options.validTo}: that is before the last training day ${options.trainTo}`,
        )
      }
      const config = await configOf(options, KUAIRAND_PRESET)
      const { evaluateAndPrint } = await import('./evaluate-and-print.ts')
      const { seeds, prequential = false, json } = options
      await evaluateAndPrint(folder, config, { modes, bounds, seeds, prequential, json })
    })
}

function modesOf(list: string): string[] {
  const modes = list.split(',').map((mode) => mode.trim())
  const unknown = modes.find((mode) => !(MODE_NAMES as readonly string[]).includes(mode))
  if (unknown !== undefined) {
    throw new RangeError(`Cannot evaluate mode ${JSON.stringify(unknown)}: the modes are ${MODE_NAMES.join(', ')}`)
  }
  const twice = modes.find((mode, i) => modes.indexOf(mode) < i)
  if (twice !== undefined) throw new RangeError(`Cannot evaluate mode ${twice} twice: name each mode once`)
  return modes
}

function kuairandFolder(dataSet: string): string {
  const [, folder] = /^kuairand:(.+)$/s.exec(dataSet) ?? []
  if (folder === undefined) throw new RangeError(`Cannot evaluate on ${dataSet}: write kuairand:DIR`)
  return folder
}

function endOfDay(option: string, date: string): number {
  const startMs = Date.parse(`${date}T00:00:00Z`)
  // Date.parse takes 2022-02-30 for 2 March.
  if (Number.isNaN(startMs) || new Date(startMs).toISOString().slice(0, 10) !== date) {
    throw new RangeError(`Cannot use ${option} ${date}: it is not a day of the form yyyy-mm-dd`)
  }
  return startMs - UTC_OFFSET_MS + DAY_MS
}
