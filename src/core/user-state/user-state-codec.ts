import type { AlertSlot } from '../contracts/alert-settings.ts'
import type { UserId } from '../contracts/ids.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import type { DayBucket } from './day-window.ts'
import { readFrozen, writeFrozen } from './frozen-codec.ts'
import type { TaskEvidence, UserState } from './user-state.ts'

/** First byte of a stored state. A change of the bytes is a new version, with the old one still readable. */
export const USER_STATE_VERSION = 2
/** Without the alerts that have fired. */
const WITHOUT_ALERTS = 1

const HAS_FROZEN = 1
const DORMANT = 2

const writer = new ByteWriter()

/** Bytes of a user's state; decodeUserState gives the same state back, number for number. */
export function encodeUserState(state: UserState): Uint8Array {
  writer.reset()
  writer.byte(USER_STATE_VERSION)
  writer.text(state.userId)
  writer.varint(state.firstEventTime)
  writer.varint(state.lastEventTime)
  writer.varint(state.landmark)
  writeEvidence(state.evidence)
  writeEvidence(state.algorithmEvidence)
  writer.varint(state.buckets.length)
  for (const bucket of state.buckets) writeBucket(bucket)
  writer.varint(state.activity.gapCount)
  if (state.activity.gapCount > 0) {
    writer.float64(state.activity.logGapMean)
    writer.float64(state.activity.logGapSquares)
  }
  writer.varint(state.recentEventIds.length)
  for (const hash of state.recentEventIds) writer.uint48(hash)
  writer.varint(state.attributeTokens.length)
  for (const token of state.attributeTokens) writer.varint(token)
  writer.byte(state.stage)
  writer.varint(state.stageSince)
  for (const probability of state.stageProbabilities) writer.float32(probability)
  writer.byte(state.challenger + 1)
  writer.varint(state.challengerSince)
  writer.byte((state.frozen ? HAS_FROZEN : 0) | (state.dormant ? DORMANT : 0))
  writer.varint(state.returnedUntil)
  if (state.frozen) {
    writer.varint(state.frozenTime)
    writeFrozen(writer, state.frozen)
  }
  writer.varint(state.timerDue)
  writer.varint(state.sourceOffset)
  for (const numbers of state.stageEvidence) for (const number of numbers) writer.float32(number)
  writeAlertSlots(state.alertSlots)
  return writer.take()
}

/** Throws RangeError when the bytes are not a state this version reads. */
export function decodeUserState(bytes: Uint8Array): UserState {
  const reader = new ByteReader(bytes)
  const version = reader.byte()
  if (version !== USER_STATE_VERSION && version !== WITHOUT_ALERTS) {
    throw new RangeError(
      `Cannot read a user state of version ${version}: this program reads ${WITHOUT_ALERTS} and ${USER_STATE_VERSION}`,
    )
  }
  const userId = reader.text() as UserId
  const firstEventTime = reader.varint()
  const lastEventTime = reader.varint()
  const landmark = reader.varint()
  const evidence = readEvidence(reader)
  const algorithmEvidence = readEvidence(reader)
  const buckets: DayBucket[] = []
  for (let left = reader.varint(); left > 0; left--) buckets.push(readBucket(reader, evidence.length))
  const gapCount = reader.varint()
  const activity = {
    gapCount,
    logGapMean: gapCount > 0 ? reader.float64() : 0,
    logGapSquares: gapCount > 0 ? reader.float64() : 0,
  }
  const recentEventIds = readList(reader, () => reader.uint48())
  const attributeTokens = readList(reader, () => reader.varint())
  const stage = reader.byte()
  const stageSince = reader.varint()
  const stageProbabilities = [reader.float32(), reader.float32(), reader.float32(), reader.float32()]
  const challenger = reader.byte() - 1
  const challengerSince = reader.varint()
  const flags = reader.byte()
  const returnedUntil = reader.varint()
  const frozenTime = flags & HAS_FROZEN ? reader.varint() : 0
  const frozen = flags & HAS_FROZEN ? readFrozen(reader) : null
  return {
    userId,
    firstEventTime,
    lastEventTime,
    landmark,
    evidence,
    algorithmEvidence,
    buckets,
    olderDays: null,
    activity,
    recentEventIds,
    attributeTokens,
    stage,
    stageSince,
    stageProbabilities,
    challenger,
    challengerSince,
    dormant: (flags & DORMANT) !== 0,
    returnedUntil,
    frozen,
    frozenTime,
    timerDue: reader.varint(),
    sourceOffset: reader.varint(),
    stageEvidence: evidence.map(() => Array.from({ length: STAGE_EVIDENCE_NUMBERS }, () => reader.float32())),
    alertSlots: version === WITHOUT_ALERTS ? new Map() : readAlertSlots(reader),
  }
}

/** Trials, successes, alpha, beta, effective sample size, gamma. */
export const STAGE_EVIDENCE_NUMBERS = 6

/** Rules about users fire at the first breach and are resolved at the first all-clear: no rows of them are kept. */
function writeAlertSlots(slots: ReadonlyMap<number, AlertSlot>): void {
  writer.varint(slots.size)
  for (const [rule, { startsAt, lastFiredAt }] of slots) {
    writer.byte(rule)
    writer.varint(startsAt)
    writer.varint(lastFiredAt)
  }
}

function readAlertSlots(reader: ByteReader): Map<number, AlertSlot> {
  return new Map(
    readList(reader, (): [number, AlertSlot] => [
      reader.byte(),
      { breaches: 0, clears: 0, startsAt: reader.varint(), lastFiredAt: reader.varint() },
    ]),
  )
}

function writeEvidence(evidence: readonly TaskEvidence[]): void {
  writer.varint(evidence.length)
  for (const { successWeight, failureWeight, squaredWeight } of evidence) {
    writer.float64(successWeight)
    writer.float64(failureWeight)
    writer.float64(squaredWeight)
  }
}

function readEvidence(reader: ByteReader): TaskEvidence[] {
  return readList(reader, () => ({
    successWeight: reader.float64(),
    failureWeight: reader.float64(),
    squaredWeight: reader.float64(),
  }))
}

function writeBucket(bucket: DayBucket): void {
  writer.varint(bucket.day)
  for (let task = 0; task < bucket.trials.length; task++) {
    writer.varint(bucket.trials[task])
    if (bucket.trials[task] === 0) continue
    writer.varint(bucket.successes[task])
    writer.float32(bucket.evidence[task])
    writer.float32(bucket.ordinalEvidence[task])
  }
}

function readBucket(reader: ByteReader, taskCount: number): DayBucket {
  const bucket: DayBucket = { day: reader.varint(), trials: [], successes: [], evidence: [], ordinalEvidence: [] }
  for (let task = 0; task < taskCount; task++) {
    const trials = reader.varint()
    bucket.trials.push(trials)
    bucket.successes.push(trials > 0 ? reader.varint() : 0)
    bucket.evidence.push(trials > 0 ? reader.float32() : 0)
    bucket.ordinalEvidence.push(trials > 0 ? reader.float32() : 0)
  }
  return bucket
}

function readList<T>(reader: ByteReader, read: () => T): T[] {
  const list: T[] = []
  for (let left = reader.varint(); left > 0; left--) list.push(read())
  return list
}
