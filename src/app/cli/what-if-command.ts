import { type Command, Option } from 'commander'
import { MODE_NAMES } from '../../core/ranker/modes/mode-names.ts'
import { addConfigOptions, backendOption } from './config-options.ts'
import { moment } from './moment.ts'
import { requireOrder } from './require-order.ts'
import type { WhatIfCommandOptions } from './what-if-options.ts'
import { wholeNumber } from './whole-number.ts'

export function addWhatIfCommand(program: Command): void {
  addConfigOptions(
    program
      .command('what-if')
      .description('Replay the log under other rules, posteriors or ranker modes beside the present, and compare'),
  )
    .option('--rules <file|paper|talk>', 'stage rules: a built-in set, or a YAML file with the section stages')
    .option('--posterior <file>', 'a YAML file with the section posterior')
    .addOption(new Option('--mode <mode>', 'ranker mode of the other world').choices(MODE_NAMES))
    .option('--data <kind:dir>', 'in memory, on a data set: kuairand:DIR; by default on the data folder')
    .option('--from <time>', 'the change begins and counting begins: ISO 8601, or unix ms', moment('--from'))
    .option('--to <time>', 'counting ends', moment('--to', true))
    .option('--sample <n>', 'differing users to describe', wholeNumber('--sample'), 8)
    .option('--no-ranker', 'train no ranker in the other world')
    .addOption(backendOption())
    .option('--json <file>', 'write the result as JSON')
    .option('--html <file>', 'write the result as an HTML page')
    .action(async (options: WhatIfCommandOptions) => {
      const { data, rules, posterior, mode, from, to, ranker } = options
      if (rules === undefined && posterior === undefined && mode === undefined) {
        throw new RangeError('Cannot tell what if: name --rules, --posterior or --mode')
      }
      if (mode !== undefined && !ranker) throw new RangeError(`Cannot use --mode ${mode} with --no-ranker`)
      if (data !== undefined && !/^kuairand:./s.test(data)) {
        throw new RangeError(`Cannot tell what if on ${data}: write kuairand:DIR`)
      }
      requireOrder(from, to)
      const { whatIfAndReport } = await import('./what-if-and-report.ts')
      await whatIfAndReport(options)
    })
}
