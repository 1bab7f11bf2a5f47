import type { Command } from 'commander'
import { STAGES } from '../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { readTopic } from '../report/read-topic.ts'
import { TOPICS } from '../topics.ts'
import { openWorldAsFound } from '../wire.ts'
import { addConfigOptions, type ConfigOptions, configOf } from './config-options.ts'
import { jsonOf } from './json-of.ts'

export function addStateCommand(program: Command): void {
  addConfigOptions(program.command('state <user>').description('Print the latest published state of a user'))
    .option('--json', 'as JSON')
    .action(async (user: string, options: ConfigOptions & { json?: boolean }) => {
      const world = await openWorldAsFound(await configOf(options))
      try {
        const state = await findState(world.log, world.codecs, user)
        if (!state)
          throw new LifecycleError('unknown-user', `Cannot print the state of ${user}: no such user has been seen`)
        process.stdout.write(options.json ? `${jsonOf(state, 2)}\n` : `${stateText(state)}\n`)
      } finally {
        await world.close()
      }
    })
}

async function findState(log: Log, codecs: RecordCodecs, user: string): Promise<UserStateRecord | null> {
  const key = new TextEncoder().encode(user)
  for await (const record of readTopic(log, TOPICS.userStates)) {
    if (record.key && record.value && Buffer.compare(record.key, key) === 0)
      return codecs.userState.decodeOwn(record.value)
  }
  return null
}

function stateText(state: UserStateRecord): string {
  const time = (timeMs: number) => new Date(timeMs).toISOString()
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const flags = [...(state.dormant ? ['dormant'] : []), ...(state.returned ? ['returned'] : [])]
  return [
    `user        ${state.userId}`,
    `stage       ${state.stage} since ${time(state.since)}${flags.length > 0 ? ` (${flags.join(', ')})` : ''}`,
    `            ${STAGES.map((stage, s) => `${stage} ${percent(state.stageProbabilities[s])}`).join('  ')}`,
    `last event  ${time(state.eventTime)}`,
    '',
    `${'task'.padEnd(16)}${'30 days'.padStart(14)}${'rate'.padStart(9)}${'5 % .. 95 %'.padStart(19)}${'evidence'.padStart(10)}${'gamma'.padStart(9)}`,
    ...state.tasks.map(
      ({ task, successes, trials, mean, lower, upper, effectiveSampleSize, gamma }) =>
        task.padEnd(16) +
        `${successes} of ${trials}`.padStart(14) +
        mean.toFixed(4).padStart(9) +
        `${lower.toFixed(4)} .. ${upper.toFixed(4)}`.padStart(19) +
        effectiveSampleSize.toFixed(1).padStart(10) +
        gamma.toFixed(4).padStart(9),
    ),
    '',
    `embedding   ${state.embedding.length} numbers of bundle ${state.embeddingVersion}; rules ${state.ruleVersion}`,
    `source      ${state.source.topic}/${state.source.partition}@${state.source.offset}`,
  ].join('\n')
}
