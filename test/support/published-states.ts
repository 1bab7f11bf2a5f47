import type { PublishedState } from '../../src/client/published-state.ts'
import { publishedStateOf } from '../../src/client/published-state.ts'
import type { Offset, UserId } from '../../src/core/contracts/ids.ts'
import { SAMPLE_RECORDS } from './sample-records.ts'

/** A state with everything filled in, and these changes. */
export function publishedState(userId: string, changes: Partial<PublishedState> = {}): PublishedState {
  return { ...publishedStateOf(SAMPLE_RECORDS.userState), userId: userId as UserId, ...changes }
}

export function sourceOf(offset: number): PublishedState['source'] {
  return { topic: 'interactions', partition: 0, offset: offset as Offset }
}
