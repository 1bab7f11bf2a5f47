import type { Log, LogUpkeep, ReadRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { readDeadLetter } from '../../io/schemas/dead-letter-headers.ts'
import { ChunkJoiner } from '../chunked-record.ts'
import { encodeId } from '../encode-id.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import type { PendingErasure } from './pending-erasures.ts'
import { userOfRecord } from './users-of-record.ts'

/** Where a topic's partition ended once everything of the users' past was in it. */
export type Ends = ReadonlyMap<string, number>

interface Work {
  readonly log: Log
  readonly upkeep: LogUpkeep
  readonly codecs: RecordCodecs
  readonly erasures: readonly PendingErasure[]
}

const CHUNK = 2000
const decoder = new TextDecoder()
/** Of a dead letter that was an interaction in the log. */
const ORIGIN = new RegExp(`^${TOPICS.interactions}/(\\d+)@(\\d+)$`)

/**
 * Takes the past of erased users out of one topic, up to its ends. Users may have come back: what came after their
 * tombstone stays. Returns how many records went.
 */
export async function removeFromTopic(work: Work, topic: string, ends: Ends): Promise<number> {
  const { log, upkeep, erasures } = work
  const partitions = log.topics().find(({ name }) => name === topic)?.partitions ?? 0
  const users = new Map(erasures.map(({ userId }) => [userId as string, encodeId(userId)]))
  const mayHold = (bytes: Uint8Array): boolean => {
    const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return [...users.values()].some((id) => held.indexOf(id) >= 0)
  }
  let removed = 0
  for (let partition = 0; partition < partitions; partition++) {
    const end = ends.get(`${topic}/${partition}`) ?? 0
    if (end === 0) continue
    if (topic === TOPICS.checkpoints) {
      const isGone = await supersededCheckpoints(log, end)
      removed += await upkeep.remove(topic, partition, { end, mayHold: () => true, isGone })
      continue
    }
    const isGone = await goneOf(work, topic, partition, end, users)
    removed += await upkeep.remove(topic, partition, { end, mayHold, isGone })
  }
  return removed
}

async function goneOf(
  { log, codecs, erasures }: Work,
  topic: string,
  partition: number,
  end: number,
  users: ReadonlyMap<string, Uint8Array>,
): Promise<(record: ReadRecord) => boolean> {
  const userOf = (record: ReadRecord) => userOfRecord(topic, record, users, codecs)
  if (topic === TOPICS.userStates || topic === TOPICS.changelog) {
    const latest = await latestOf(log, topic, partition, end, userOf)
    return (record) => userOf(record) !== null && !latest.has(record.offset)
  }
  const erasedAt = new Map<string, Map<number, number>>()
  for (const erasure of erasures) {
    const held = erasedAt.get(erasure.userId) ?? new Map<number, number>()
    erasedAt.set(
      erasure.userId,
      held.set(erasure.partition, Math.max(held.get(erasure.partition) ?? 0, erasure.offset)),
    )
  }
  const isAfter = (user: string, source: { partition: number; offset: number } | null): boolean =>
    source !== null && source.offset > (erasedAt.get(user)!.get(source.partition) ?? Infinity)
  return (record) => {
    const user = userOf(record)
    return user !== null && !isAfter(user, sourceOf(topic, partition, record, codecs))
  }
}

/** Offsets of the latest values of returned users: with them the state goes on, and a store is rebuilt. */
async function latestOf(
  log: Log,
  topic: string,
  partition: number,
  end: number,
  userOf: (record: ReadRecord) => string | null,
): Promise<ReadonlySet<number>> {
  const latest = new Map<string, ReadRecord>()
  for await (const { records } of readTo(log, topic, partition, 0, end, CHUNK)) {
    for (const record of records) {
      if (userOf(record) !== null) latest.set(Buffer.from(record.key!).toString('latin1'), record)
    }
  }
  return new Set([...latest.values()].filter(({ value }) => value !== null).map(({ offset }) => offset))
}

/** Position in interactions that a record came from; null where it does not say. */
function sourceOf(
  topic: string,
  partition: number,
  { offset, value, headers }: ReadRecord,
  codecs: RecordCodecs,
): { partition: number; offset: number } | null {
  if (topic === TOPICS.interactions) return { partition, offset }
  if (value === null) return null
  if (topic === TOPICS.stageTransitions) return codecs.stageTransition.decodeOwn(value).source
  if (topic === TOPICS.trainingExamples) return codecs.trainingExample.decodeOwn(value).source
  if (topic === TOPICS.lifecycleAlerts) return codecs.lifecycleAlert.decodeOwn(value).source
  const origin = topic === TOPICS.deadLetters ? readDeadLetter(value, headers)?.letter.origin : undefined
  const [, of, from] = ORIGIN.exec(origin ?? '') ?? []
  return from === undefined ? null : { partition: Number(of), offset: Number(from) }
}

/** Every checkpoint but the latest whole one of each ranker: the older ones may know the users. */
async function supersededCheckpoints(log: Log, end: number): Promise<(record: ReadRecord) => boolean> {
  const latest = new Map<string, { readonly first: number; readonly last: number }>()
  const joiner = new ChunkJoiner()
  for await (const { records } of readTo(log, TOPICS.checkpoints, 0, 0, end, 16)) {
    for (const record of records) {
      const whole = joiner.add(record)
      if (whole?.key) latest.set(decoder.decode(whole.key), { first: whole.offset, last: record.offset })
    }
  }
  const kept = [...latest.values()]
  return ({ offset }) => !kept.some(({ first, last }) => offset >= first && offset <= last)
}
