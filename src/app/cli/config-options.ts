import { type Command, Option } from 'commander'
import { MODE_NAMES } from '../../core/ranker/modes/mode-names.ts'
import { BACKENDS, type Config } from '../config/config-schema.ts'
import { loadConfig } from '../config/load-config.ts'

export interface ConfigOptions {
  readonly config?: string
  readonly set?: readonly string[]
  readonly dataDir?: string
  readonly mode?: string
  readonly backend?: string
}

/** Options of a command that works with a configuration but no data folder. */
export function addSettingOptions(command: Command): Command {
  return command
    .option('--config <file>', 'YAML configuration')
    .option('--set <key=value>', 'one setting, for example ranker.mode=stan; may be repeated', collect)
}

/** Options of every other command that works with a configuration. */
export function addConfigOptions(command: Command): Command {
  return addSettingOptions(command).option('--data-dir <dir>', 'folder of the embedded log and the state stores')
}

/** Options of the commands that train. */
export function addRankerOptions(command: Command): Command {
  return command.addOption(new Option('--mode <mode>', 'ranker mode').choices(MODE_NAMES)).addOption(backendOption())
}

export function backendOption(): Option {
  return new Option('--backend <backend>', 'TensorFlow.js backend').choices(BACKENDS)
}

/** Configuration of a command's options; the file, the environment and the flags in this order over the preset. */
export function configOf(options: ConfigOptions, preset?: Record<string, unknown>): Promise<Config> {
  const flags = (options.set ?? []).map((pair): [string, string] => {
    const at = pair.indexOf('=')
    if (at <= 0) throw new RangeError(`Cannot use --set ${pair}: write key=value, such as ranker.mode=stan`)
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
  if (options.dataDir !== undefined) flags.push(['dataDir', options.dataDir])
  if (options.mode !== undefined) flags.push(['ranker.mode', options.mode])
  if (options.backend !== undefined) flags.push(['ranker.backend', options.backend])
  return loadConfig({ preset, file: options.config, environment: process.env, flags })
}

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value]
}
