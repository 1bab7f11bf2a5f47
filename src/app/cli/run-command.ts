import { type Command, Option } from 'commander'
import { addConfigOptions, addRankerOptions, type ConfigOptions, configOf } from './config-options.ts'
import { parseDuration } from './parse-duration.ts'

const ROLES = ['tracker', 'ranker', 'api', 'all'] as const

interface RunOptions extends ConfigOptions {
  readonly role: (typeof ROLES)[number]
  readonly for?: number
  readonly port?: string
}

export function addRunCommand(program: Command): void {
  addRankerOptions(
    addConfigOptions(
      program.command('run').description('Run tracker, ranker and api on the configured log until Ctrl-C'),
    ),
  )
    .addOption(new Option('--role <role>', 'what this process does').choices(ROLES).default('all'))
    .option('--for <duration>', 'stop by itself, for example after 60s', parseDuration('--for'))
    .option('--port <n>', 'port of the API (api.port); 0: any free one')
    .action(async (options: RunOptions) => {
      const port = options.port === undefined ? [] : [`api.port=${options.port}`]
      const config = await configOf({ ...options, set: [...(options.set ?? []), ...port] })
      const { run } = await import('./run.ts')
      const has = (role: (typeof ROLES)[number]): boolean => options.role === role || options.role === 'all'
      const roles = { tracker: has('tracker'), ranker: has('ranker'), api: has('api') }
      await run(config, roles, options.for ?? Infinity)
    })
}
