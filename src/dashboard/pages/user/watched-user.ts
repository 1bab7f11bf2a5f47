import type { Transition, UserState, UserTransition } from '../../api/answers.ts'
import type { ServerEvent } from '../../api/sse-parser.ts'

/** What is shown of a user: from the answers, then from the events. */
export interface WatchedUser {
  readonly state: UserState
  /** Newest first. */
  readonly transitions: readonly Transition[]
  readonly isErased: boolean
}

/** The user after events of their stream, oldest first. A transition that is there already is not added again. */
export function withUserEvents(watched: WatchedUser, events: readonly ServerEvent[]): WatchedUser {
  let { state, transitions, isErased } = watched
  for (const { event, data } of events) {
    if (event === 'state') {
      state = JSON.parse(data) as UserState
      isErased = false
    } else if (event === 'transition') {
      const added = JSON.parse(data) as UserTransition
      if (!transitions.some((held) => isSame(held, added))) transitions = [added, ...transitions]
    } else if (event === 'erased') isErased = true
  }
  return { state, transitions, isErased }
}

/** The user with a state that was asked for, unless a newer one has come meanwhile. */
export function withState(watched: WatchedUser, state: UserState): WatchedUser {
  return state.eventTime < watched.state.eventTime ? watched : { ...watched, state }
}

/** The user with a timeline that was asked for, newest first; what has come since stays before it. */
export function withTimeline(watched: WatchedUser, timeline: readonly Transition[]): WatchedUser {
  const later = watched.transitions.filter((held) => !timeline.some((listed) => isSame(listed, held)))
  return { ...watched, transitions: [...later, ...timeline] }
}

function isSame(a: Transition, b: Transition): boolean {
  return (
    a.source.partition === b.source.partition &&
    a.source.offset === b.source.offset &&
    a.reason === b.reason &&
    a.eventTime === b.eventTime
  )
}
