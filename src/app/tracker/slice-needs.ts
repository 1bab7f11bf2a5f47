import type { EventId, UserId } from '../../core/contracts/ids.ts'
import type { InputItem } from './input-item.ts'

export interface ImpressionRef {
  readonly userId: UserId
  readonly impressionId: EventId
}

/** What a slice is about to touch, so that it can be loaded in one go. */
export interface SliceNeeds {
  readonly users: ReadonlySet<UserId>
  /** Impressions that an outcome names. */
  readonly named: readonly ImpressionRef[]
  /** Impressions that the slice itself shows before an outcome names them, by id. */
  readonly shown: ReadonlyMap<EventId, UserId>
  readonly erasedUsers: readonly UserId[]
  /** Offset of the last item. */
  readonly lastOffset: number
  /** Timers up to here have fired. */
  readonly afterMs: number
  /** Latest event time in the slice. */
  readonly untilMs: number
}

export function needsOf(items: readonly InputItem[], streamTime: number): SliceNeeds {
  const users = new Set<UserId>()
  const named: ImpressionRef[] = []
  const shown = new Map<EventId, UserId>()
  const erasedUsers: UserId[] = []
  let untilMs = streamTime
  for (const item of items) {
    if (item.kind === 'erasure') {
      users.add(item.userId)
      erasedUsers.push(item.userId)
    } else if (item.kind === 'advance') untilMs = Math.max(untilMs, item.timeMs)
    else if (item.kind === 'interaction') {
      const { userId, eventId, impressionId, type, eventTime } = item.interaction
      users.add(userId)
      if (type === 'impression') shown.set(eventId, userId)
      else if (impressionId) named.push({ userId, impressionId })
      untilMs = Math.max(untilMs, eventTime)
    }
  }
  return { users, named, shown, erasedUsers, lastOffset: items.at(-1)?.offset ?? 0, afterMs: streamTime, untilMs }
}
