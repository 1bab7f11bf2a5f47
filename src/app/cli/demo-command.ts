import type { Command } from 'commander'
import { addConfigOptions, addRankerOptions, type ConfigOptions, configOf } from './config-options.ts'
import { parseDuration } from './parse-duration.ts'
import { positiveNumber } from './positive-number.ts'

interface DemoOptions extends ConfigOptions {
  readonly for?: number
  readonly rate?: number
}

export function addDemoCommand(program: Command): void {
  addRankerOptions(
    addConfigOptions(
      program.command('demo').description('Run a simulated shop through the whole program, live in the terminal'),
    ),
  )
    .option('--for <duration>', 'stop by itself, for example after 60s', parseDuration('--for'))
    .option('--rate <n>', 'events per second', positiveNumber('--rate'))
    .action(async (options: DemoOptions) => {
      const rate = options.rate === undefined ? [] : [`simulator.eventsPerSecond=${options.rate}`]
      const config = await configOf({ ...options, set: [...(options.set ?? []), ...rate] })
      const { demo } = await import('./demo.ts')
      await demo(config, options.for ?? Infinity)
    })
}
