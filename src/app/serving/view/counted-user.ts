import { STAGES, type Stage, stageIndex } from '../../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../../core/contracts/user-state-record.ts'
import { dayOf } from '../../../core/user-state/day-window.ts'

/** Unit of the time spent in a stage: six hours. */
export const SPELL_UNIT_MS = 21_600_000

/** Days since the epoch fit 16 bits until the year 2149. */
const MAX_DAY = 0xffff
const HEAD_BYTES = 8
const DORMANT = 0x80

/**
 * What the counts hold of a user. It is kept beside the state, so that the next state is counted without decoding the
 * one before.
 */
export interface CountedUser {
  readonly stage: Stage
  readonly dormant: boolean
  /** In the stage since, in units of SPELL_UNIT_MS since the epoch. */
  readonly sinceUnit: number
  /** Days since the epoch, UTC. */
  readonly firstDay: number
  /** Days on which the user was active, ascending. */
  readonly days: readonly number[]
}

/** `earlierDays`: those that are known already, more than a state tells of. */
export function countedUserOf(state: UserStateRecord, earlierDays: readonly number[]): CountedUser {
  const firstDay = firstDayOf(state)
  const newest = dayOf(state.eventTime)
  const days = [firstDay]
  for (let back = 30; back >= 0; back--) if ((state.activeDays >> back) & 1) days.push(newest - back)
  days.push(newest)
  return {
    stage: state.stage,
    dormant: state.dormant,
    sinceUnit: Math.max(0, Math.floor(state.since / SPELL_UNIT_MS)),
    firstDay,
    days: mergeDays(earlierDays, days),
  }
}

/** Stage and dormant flag (1), 0 (1), first day (2), unit (4), then two bytes a day; little-endian. */
export function encodeCountedUser({ stage, dormant, sinceUnit, firstDay, days }: CountedUser): Uint8Array {
  const bytes = Buffer.alloc(HEAD_BYTES + days.length * 2)
  bytes.writeUInt8(stageIndex(stage) | (dormant ? DORMANT : 0))
  bytes.writeUInt16LE(firstDay, 2)
  bytes.writeUInt32LE(sinceUnit, 4)
  days.forEach((day, i) => bytes.writeUInt16LE(day, HEAD_BYTES + i * 2))
  return bytes
}

export function decodeCountedUser(bytes: Uint8Array): CountedUser {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = view.readUInt8(0)
  return {
    stage: STAGES[head & ~DORMANT],
    dormant: (head & DORMANT) !== 0,
    firstDay: view.readUInt16LE(2),
    sinceUnit: view.readUInt32LE(4),
    days: Array.from({ length: (bytes.length - HEAD_BYTES) / 2 }, (_, i) => view.readUInt16LE(HEAD_BYTES + i * 2)),
  }
}

/** The days of both lists once each, ascending. */
function mergeDays(days: readonly number[], more: readonly number[]): number[] {
  return [...new Set([...days, ...more])].filter((day) => day >= 0 && day <= MAX_DAY).sort((a, b) => a - b)
}

/** States of version 1 of the schema do not say when the first event was. */
function firstDayOf({ firstEventTime, eventTime }: UserStateRecord): number {
  return Math.min(MAX_DAY, Math.max(0, dayOf(firstEventTime > 0 ? firstEventTime : eventTime)))
}
