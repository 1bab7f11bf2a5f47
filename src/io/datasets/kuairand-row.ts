import type { EventId, ItemId, UserId } from '../../core/contracts/ids.ts'
import { INTERACTION_LIMITS as LIMITS } from '../../core/contracts/interaction-limits.ts'
import type { FeatureMap, Interaction } from '../../core/contracts/interaction.ts'
import type { Rejection } from '../../core/contracts/rejection.ts'

/** The columns of a KuaiRand log that make an interaction. */
export const LOG_COLUMNS = [
  'user_id',
  'video_id',
  'date',
  'hourmin',
  'time_ms',
  'is_click',
  'is_like',
  'is_follow',
  'is_comment',
  'is_forward',
  'play_time_ms',
  'is_profile_enter',
  'tab',
] as const
type LogColumn = (typeof LOG_COLUMNS)[number]

/** Outcome types with the column of 0 or 1 that tells of them. */
const FLAG_OUTCOMES = [
  ['click', 'is_click'],
  ['profile_enter', 'is_profile_enter'],
  ['like', 'is_like'],
  ['follow', 'is_follow'],
  ['comment', 'is_comment'],
  ['share', 'is_forward'],
] as const satisfies readonly (readonly [string, LogColumn])[]

const DIGITS = /^\d+$/
const NUMBER = /^-?\d+(?:\.\d+)?$/

export interface KuairandTables {
  readonly users: ReadonlyMap<string, FeatureMap>
  readonly videos: ReadonlyMap<string, FeatureMap>
}

/** Turns the rows of one log file into wide interactions: an impression with all its outcomes. */
export class KuairandRowParser {
  readonly #columns: Readonly<Record<LogColumn, number>>
  readonly #fieldCount: number
  readonly #tables: KuairandTables
  /** Shared by all rows of a tab and hour: a few hundred objects in all. */
  readonly #contexts = new Map<string, FeatureMap>()

  constructor(header: readonly string[], tables: KuairandTables) {
    const positions = LOG_COLUMNS.map((name) => [name, header.indexOf(name)])
    this.#columns = Object.fromEntries(positions) as Record<LogColumn, number>
    this.#fieldCount = header.length
    this.#tables = tables
  }

  /** The row's date as yyyymmdd, or what is wrong with the row's form. */
  dateOf(fields: readonly string[]): number | Rejection {
    if (fields.length !== this.#fieldCount) {
      const reason = `the row has ${fields.length} fields and the header ${this.#fieldCount}`
      return { kind: 'rejection', cause: 'unreadable-record', field: '', reason }
    }
    const date = fields[this.#columns.date]
    return /^\d{8}$/.test(date) ? Number(date) : wrongNumber('date', date)
  }

  /** `eventId` is unique over all rows, since equal rows occur and count twice. */
  parse(fields: readonly string[], eventId: string): Interaction | Rejection {
    const at = this.#columns
    const userId = fields[at.user_id]
    if (!DIGITS.test(userId)) return wrongNumber('user_id', userId)
    const itemId = fields[at.video_id]
    if (!DIGITS.test(itemId)) return wrongNumber('video_id', itemId)
    const eventTime = parseNumber('time_ms', fields[at.time_ms])
    if (typeof eventTime !== 'number') return eventTime
    if (!Number.isInteger(eventTime) || eventTime < LIMITS.earliestTime || eventTime >= LIMITS.endOfTime) {
      return outOfRange('time_ms', `${eventTime}`, 'whole unix milliseconds from 1990 to 2100')
    }
    const outcomes = this.#outcomesOf(fields)
    if (isRejection(outcomes)) return outcomes
    const context = this.#contextOf(fields)
    if (isRejection(context)) return context
    return {
      eventId: eventId as EventId,
      userId: userId as UserId,
      itemId: itemId as ItemId,
      type: 'impression',
      eventTime,
      impressionId: undefined,
      value: undefined,
      outcomes,
      context,
      userFeatures: this.#tables.users.get(userId),
      itemFeatures: this.#tables.videos.get(itemId),
    }
  }

  /** Flags that are 1, and the play time always. */
  #outcomesOf(fields: readonly string[]): Record<string, number> | Rejection {
    const playTime = parseNumber('play_time_ms', fields[this.#columns.play_time_ms])
    if (typeof playTime !== 'number') return playTime
    if (playTime < 0) return outOfRange('play_time_ms', `${playTime}`, '0 or more')
    const outcomes: Record<string, number> = { stay: playTime }
    for (const [outcome, column] of FLAG_OUTCOMES) {
      const flag = fields[this.#columns[column]]
      if (flag === '1') outcomes[outcome] = 1
      else if (flag !== '0') return NUMBER.test(flag) ? outOfRange(column, flag, '0 or 1') : wrongNumber(column, flag)
    }
    return outcomes
  }

  /** Tab, and the hour of the day in the platform's local time. */
  #contextOf(fields: readonly string[]): FeatureMap | Rejection {
    const tab = fields[this.#columns.tab]
    const hourMinute = fields[this.#columns.hourmin]
    const key = `${tab} ${hourMinute}`
    const known = this.#contexts.get(key)
    if (known !== undefined) return known
    if (!DIGITS.test(tab)) return wrongNumber('tab', tab)
    if (!DIGITS.test(hourMinute)) return wrongNumber('hourmin', hourMinute)
    const hour = Math.floor(Number(hourMinute) / 100)
    if (hour > 23) return outOfRange('hourmin', hourMinute, 'a time from 0 to 2359')
    const context = Object.freeze({ tab, hour: `${hour}` })
    this.#contexts.set(key, context)
    return context
  }
}

export function isRejection(value: object): value is Rejection {
  return 'kind' in value && value.kind === 'rejection'
}

function parseNumber(field: string, text: string): number | Rejection {
  return NUMBER.test(text) ? Number(text) : wrongNumber(field, text)
}

function wrongNumber(field: string, text: string): Rejection {
  if (text === '') return { kind: 'rejection', cause: 'missing-field', field, reason: `${field} is empty` }
  const shown = JSON.stringify(text.slice(0, 80))
  return { kind: 'rejection', cause: 'wrong-type', field, reason: `${field} is ${shown}, not a number of its kind` }
}

function outOfRange(field: string, text: string, wanted: string): Rejection {
  return { kind: 'rejection', cause: 'out-of-range', field, reason: `${field} is ${text.slice(0, 80)}, not ${wanted}` }
}
