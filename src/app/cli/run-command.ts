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
    addConfigOptions(
      program.command('run').description('Run tracker, ranker and api on the configured log until Ctrl-C'),
    ),
  )
    .addOption(new Option('--role <role>', 'what this process does').choices(ROLES).default('all'))
    .option('--for <duration>', 'stop by itself, for example after 60s', parseDuration('--for'))
    .action(async (options: RunOptions) => {
      const config = await configOf(options)
      const { run } = await import('./run.ts')
      const isOne = (role: (typeof ROLES)[number]): boolean => options.role === role || options.role === 'all'
      const roles = { tracker: isOne('tracker'), ranker: isOne('ranker'), api: isOne('api') }
      await run(config, roles, options.for ?? Infinity)
    })
}
