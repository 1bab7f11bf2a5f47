import { type Command, Option } from 'commander'
import { FUSIONS } from '../../core/ranking/posterior-weights.ts'
import { type Appeal, APPEALS } from '../../core/simulator/world-settings.ts'
import { ARM_RANKERS, POLICIES } from '../ab/arms.ts'
import { addSettingOptions, backendOption, type ConfigOptions, configOf } from './config-options.ts'
import { namesOf } from './names-of.ts'
import { positiveNumber } from './positive-number.ts'
import { wholeNumber } from './whole-number.ts'

interface AbOptions extends ConfigOptions {
  readonly modes?: string
  readonly policies: string
  readonly fusions: string
  readonly aa?: boolean
  readonly users: number
  readonly items: number
  readonly appeal: Appeal
  readonly days: number
  readonly warmup: number
  readonly worlds: number
  readonly seed: number
  readonly candidates: number
  readonly places: number
  readonly slotMinutes: number
  readonly satisfaction: boolean
  readonly json?: string
}

export function addAbCommand(program: Command): void {
  addSettingOptions(program.command('ab').description('Rankers or policies against each other on simulated users'))
    .option('--modes <list>', `rankers, comma-separated, of ${ARM_RANKERS.join(', ')}; default: ranker.mode`)
    .option('--policies <list>', `where candidates come from, of ${POLICIES.join(', ')}`, 'none')
    .option('--fusions <list>', `how task scores become one, of ${FUSIONS.join(', ')}`, 'geometric')
    .option('--aa', 'the same arm twice, with two seeds: shows what the test makes of no difference')
    .option('--users <n>', 'users of a world', wholeNumber('--users', 2), 2000)
    .option('--items <n>', 'items of its catalogue', wholeNumber('--items', 1), 500)
    .addOption(
      new Option('--appeal <what>', 'whether a stage decides how much, or also what is liked')
        .choices(APPEALS)
        .default('level'),
    )
    .option('--days <n>', 'days that are measured', wholeNumber('--days', 1), 14)
    .option(
      '--warmup <n>',
      'days before them, with random rankings that all arms learn from',
      wholeNumber('--warmup'),
      3,
    )
    .option('--worlds <n>', 'worlds, each with a seed of its own', wholeNumber('--worlds', 1), 4)
    .option('--seed <n>', 'seed of the worlds', wholeNumber('--seed'), 1)
    .option('--candidates <n>', 'candidates of a request', wholeNumber('--candidates', 1), 30)
    .option('--places <n>', 'places of a ranking that are shown at most', wholeNumber('--places', 1), 10)
    .option('--slot-minutes <n>', 'simulated time between updates', positiveNumber('--slot-minutes'), 30)
    .option('--no-satisfaction', 'retention does not depend on what a user was shown')
    .addOption(backendOption())
    .option('--json <file>', 'write the result as JSON')
    .action(async (options: AbOptions) => {
      const { modes, policies, fusions, aa = false } = options
      const lists = {
        modes: modes === undefined ? null : namesOf('--modes', modes, ARM_RANKERS),
        policies: namesOf('--policies', policies, POLICIES),
        fusions: namesOf('--fusions', fusions, FUSIONS),
      }
      if (options.candidates > options.items) {
        throw new RangeError(`Cannot offer ${options.candidates} candidates: there are ${options.items} items`)
      }
      const config = await configOf(options)
      const { abAndPrint } = await import('./ab-and-print.ts')
      await abAndPrint(config, { ...options, lists, aa, slotMs: options.slotMinutes * 60_000 })
    })
}
