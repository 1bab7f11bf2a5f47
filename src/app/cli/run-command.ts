import { type Command, Option } from 'commander'
import { addConfigOptions, addRankerOptions, type ConfigOptions, configOf } from './config-options.ts'
import { parseDuration } from './parse-duration.ts'

const ROLES = ['tracker', 'ranker', 'api', 'all'] as const

interface RunOptions extends ConfigOptions {
  readonly role: (typeof ROLES)[number]
  readonly for?: number
}

export function addRunCommand(program: Command): void {
  addRankerOptions(
    addConfigOptions(program.command('run').description('Run tracker and ranker on the configured log until Ctrl-C')),
  )
    .addOption(new Option('--role <role>', 'what this process does').choices(ROLES).default('all'))
    .option('--for <duration>', 'stop by itself, for example after 60s', parseDuration('--for'))
    .action(async (options: RunOptions) => {
      if (options.role === 'api')
        throw new RangeError('Cannot run the role api: this version has the roles tracker, ranker and all')
      const config = await configOf(options)
      const { run } = await import('./run.ts')
      const roles = { tracker: options.role !== 'ranker', ranker: options.role !== 'tracker' }
      await run(config, roles, options.for ?? Infinity)
    })
}
