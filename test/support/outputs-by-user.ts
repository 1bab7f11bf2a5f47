import { readTopic } from '../../src/app/report/read-topic.ts'
import { TOPICS } from '../../src/app/topics.ts'
import type { Log } from '../../src/io/log/log.ts'
import type { RecordCodecs } from '../../src/io/schemas/record-codecs.ts'

/** What a tracker has said of each user. */
export interface UserOutputs {
  state: unknown
  readonly transitions: unknown[]
  readonly examples: unknown[]
}

/**
 * Outputs by user, in the order of each user's partition and without positions: logs number their records differently,
 * and slices end elsewhere, but what is said of a user is the same.
 */
export async function outputsByUser(log: Log, codecs: RecordCodecs): Promise<Record<string, UserOutputs>> {
  const users: Record<string, UserOutputs> = {}
  const of = (key: Uint8Array | null) => (users[String(key)] ??= { state: null, transitions: [], examples: [] })
  for await (const { key, value } of readTopic(log, TOPICS.userStates)) {
    of(key && Buffer.from(key)).state = value && withoutSource(codecs.userState.decodeOwn(value))
  }
  for await (const { key, value } of readTopic(log, TOPICS.stageTransitions)) {
    of(key && Buffer.from(key)).transitions.push(value && withoutSource(codecs.stageTransition.decodeOwn(value)))
  }
  for await (const { key, value } of readTopic(log, TOPICS.trainingExamples)) {
    of(key && Buffer.from(key)).examples.push(value && withoutSource(codecs.trainingExample.decodeOwn(value)))
  }
  return Object.fromEntries(Object.entries(users).sort(([left], [right]) => (left < right ? -1 : 1)))
}

function withoutSource({ source: _source, ...rest }: { readonly source: unknown }): unknown {
  return rest
}
