import type { Command } from 'commander'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { describeRecord } from '../report/describe-record.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { openWorldAsFound } from '../wire.ts'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { jsonOf } from './json-of.ts'
import { wholeNumber } from './whole-number.ts'

export function addCatCommand(program: Command): void {
  addConfigOptions(program.command('cat <topic>').description('Print a topic of the embedded log as JSON lines'))
    .option('--from <offset>', 'first offset of each partition', wholeNumber('--from'), 0)
    .option('--limit <n>', 'records at most', wholeNumber('--limit'))
    .action(async (topic: string, options: ConfigOptions & { from: number; limit?: number }) => {
      const names: readonly string[] = Object.values(TOPICS)
      if (!names.includes(topic)) {
        throw new LifecycleError('unknown-topic', `Cannot print ${topic}: the topics are ${names.join(', ')}`)
      }
      const world = await openWorldAsFound(await configOf(options))
      try {
        let left = options.limit ?? Infinity
        for await (const record of readTopic(world.log, topic, options.from)) {
          if (left-- <= 0) break
          process.stdout.write(`${jsonOf(describeRecord(topic, record, world.codecs))}\n`)
        }
      } finally {
        await world.close()
      }
    })
}
