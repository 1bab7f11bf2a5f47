import type { Offset, UserId } from '../core/contracts/ids.ts'
import { STAGES } from '../core/contracts/stage.ts'
import type { TaskPosteriorRecord } from '../core/contracts/user-state-record.ts'
import type { PublishedState } from './published-state.ts'

/** Text of an event that is no state; the message is a part of a sentence. */
export class NoState extends Error {}

type Tree = Readonly<Record<string, unknown>>

const POSTERIOR_NUMBERS = [
  'trials',
  'successes',
  'alpha',
  'beta',
  'mean',
  'lower',
  'upper',
  'effectiveSampleSize',
  'gamma',
] as const

/** A state as the API writes it. Throws NoState. Fields that are not known are left out. */
export function stateOfJson(json: unknown): PublishedState {
  const state = treeOf(json, 'the event')
  const probabilities = treeOf(state.stageProbabilities, 'stageProbabilities')
  const source = treeOf(state.source, 'source')
  const stage = STAGES.find((known) => known === state.stage)
  if (stage === undefined) throw new NoState(`stage is ${JSON.stringify(state.stage)}, not one of ${STAGES.join(', ')}`)
  return {
    userId: textOf(state.userId, 'userId') as UserId,
    stage,
    stageProbabilities: STAGES.map((name) => numberOf(probabilities[name], `stageProbabilities.${name}`)),
    since: timeOf(state.since, 'since'),
    dormant: state.dormant === true,
    returned: state.returned === true,
    tasks: Object.entries(treeOf(state.tasks, 'tasks')).map(posteriorOfJson),
    embedding: Float32Array.from(state.embedding === undefined ? [] : numbersOf(state.embedding, 'embedding')),
    embeddingVersion: numberOf(state.embeddingVersion, 'embeddingVersion'),
    ruleVersion: textOf(state.ruleVersion, 'ruleVersion'),
    bundleVersion: numberOf(state.bundleVersion, 'bundleVersion'),
    eventTime: timeOf(state.eventTime, 'eventTime'),
    source: {
      topic: textOf(source.topic, 'source.topic'),
      partition: numberOf(source.partition, 'source.partition'),
      offset: numberOf(source.offset, 'source.offset') as Offset,
    },
  }
}

function posteriorOfJson([task, json]: [string, unknown]): TaskPosteriorRecord {
  const posterior = treeOf(json, `tasks.${task}`)
  const numbers = POSTERIOR_NUMBERS.map((name) => [name, numberOf(posterior[name], `tasks.${task}.${name}`)])
  return { task, ...Object.fromEntries(numbers) } as TaskPosteriorRecord
}

function treeOf(value: unknown, what: string): Tree {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Tree
  throw new NoState(`${what} is no object`)
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new NoState(`${what} is no text`)
}

function numberOf(value: unknown, what: string): number {
  if (typeof value === 'number') return value
  throw new NoState(`${what} is no number`)
}

function numbersOf(value: unknown, what: string): number[] {
  if (!Array.isArray(value)) throw new NoState(`${what} is no list`)
  return value.map((number, index) => numberOf(number, `${what}.${index}`))
}

function timeOf(value: unknown, what: string): number {
  const timeMs = Date.parse(textOf(value, what))
  if (Number.isNaN(timeMs)) throw new NoState(`${what} is no time`)
  return timeMs
}
