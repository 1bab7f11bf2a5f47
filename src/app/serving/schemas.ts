import { STATUS_CODES } from 'node:http'
import { EVENT_TYPES } from '../../core/contracts/interaction.ts'
import { STAGES } from '../../core/contracts/stage.ts'
import { TRANSITION_REASONS } from '../../core/contracts/stage-transition.ts'

/** JSON Schemas of what the API takes and gives; the OpenAPI document is made of them. */

export const number = { type: 'number' } as const
export const integer = { type: 'integer' } as const
export const text = { type: 'string' } as const
export const flag = { type: 'boolean' } as const
export const time = { type: 'string', format: 'date-time' } as const
export const maybeTime = { type: ['string', 'null'], format: 'date-time' } as const
export const maybeNumber = { type: ['number', 'null'] } as const
export const share = { type: 'number', minimum: 0, maximum: 1 } as const
export const stage = { type: 'string', enum: [...STAGES] } as const

export function object(properties: Readonly<Record<string, unknown>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false } as const
}

export function list(items: unknown) {
  return { type: 'array', items } as const
}

export function byStage(value: unknown) {
  return object(Object.fromEntries(STAGES.map((name) => [name, value])))
}

const stageProbabilities = byStage(number)
export const stageCounts = byStage(integer)
const posterior = object({
  trials: { ...number, description: 'Within 30 days' },
  successes: number,
  alpha: number,
  beta: number,
  mean: number,
  lower: { ...number, description: '5 % quantile' },
  upper: { ...number, description: '95 % quantile' },
  effectiveSampleSize: number,
  gamma: { ...number, description: 'Draw of Algorithm 1 of STAN' },
})
const tasks = { type: 'object', additionalProperties: posterior, description: 'By task' } as const
const source = object({ topic: text, partition: integer, offset: integer })
const versions = { ruleVersion: text, bundleVersion: integer }

export const freshness = {
  ...object({
    asOf: { ...maybeTime, description: 'Newest event time that the view holds' },
    lagSeconds: { type: ['number', 'null'], description: 'Since the view last held everything; null: not yet' },
    stale: { ...flag, description: 'lagSeconds is above api.staleAfterSeconds' },
  }),
  description: 'How fresh the answer is',
} as const

export const userState = object(
  {
    userId: text,
    stage,
    stageProbabilities,
    since: time,
    dormant: flag,
    returned: flag,
    tasks,
    embedding: { ...list(number), description: 'Equation 8 of STAN; on request' },
    stateTokens: { ...list(integer), description: "Tokens of the state extractor's fields; on request" },
    stateNumbers: { ...list(number), description: 'Numeric state of the ranker; on request' },
    embeddingVersion: integer,
    ...versions,
    eventTime: time,
    firstEventTime: maybeTime,
    lastImpressionTime: maybeTime,
    source,
  },
  ['embedding', 'stateTokens', 'stateNumbers'],
)

export const transition = object({
  from: stage,
  to: stage,
  reason: { type: 'string', enum: [...TRANSITION_REASONS] },
  probability: number,
  stageProbabilities,
  eventTime: time,
  heldForSeconds: number,
  before: tasks,
  after: tasks,
  ...versions,
  source,
})

const belief = object({ stageProbabilities, tasks, bundleVersion: integer })
const whyStep = object({
  time,
  position: object({ partition: integer, offset: integer }),
  cause: object({ kind: { type: 'string', enum: ['event', 'timer'] }, type: text, eventId: text, itemId: text }, [
    'type',
    'eventId',
    'itemId',
  ]),
  task: { type: ['string', 'null'], description: 'Task by whose change alone it raised the stage most' },
  before: { anyOf: [belief, { type: 'null' }] },
  after: belief,
})

export const whyMove = object({
  from: stage,
  to: stage,
  reason: { type: 'string', enum: [...TRANSITION_REASONS] },
  probability: number,
  heldForSeconds: number,
  task: {
    type: ['string', 'null'],
    description: 'Task that moved it: that of the event that raised the new stage most',
  },
  ruleVersion: text,
  decided: whyStep,
  raised: { ...list(whyStep), description: 'Earlier steps that raised the probability of the new stage most' },
})

export const features = { type: 'object', additionalProperties: { type: 'string' } } as const

/** What a client sees; parseInteraction is what decides. */
export const interaction = {
  type: 'object',
  properties: {
    eventId: text,
    userId: text,
    itemId: text,
    type: { type: 'string', enum: [...EVENT_TYPES] },
    eventTime: { ...integer, description: 'Unix milliseconds' },
    impressionId: { type: ['string', 'null'], description: 'On outcomes: the event id of their impression' },
    value: { type: ['number', 'null'], description: 'On outcomes: for example the stay in milliseconds' },
    outcomes: { type: ['object', 'null'], additionalProperties: number },
    context: features,
    userFeatures: features,
    itemFeatures: features,
  },
  required: ['eventId', 'userId', 'itemId', 'type', 'eventTime'],
} as const

export const position = object({ partition: integer, offset: integer })

/** An answer that is an error. */
export const problemAnswer = (status: number) =>
  ({
    description: STATUS_CODES[status] ?? 'Error',
    content: { 'application/problem+json': { schema: problem } },
  }) as const

const problem = {
  type: 'object',
  properties: { status: integer, title: text, detail: text },
  required: ['status', 'title', 'detail'],
  additionalProperties: true,
  description: 'RFC 9457',
} as const
