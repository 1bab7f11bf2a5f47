import type { DeadLetterCause } from './dead-letter.ts'
import type { LifecycleAlert } from './lifecycle-alert.ts'
import type { StageTransition } from './stage-transition.ts'
import type { TrainingExample } from './training-example.ts'

/** What one event makes the tracker say, besides the user's new state. */
export type TrackOutput =
  | { readonly kind: 'example'; readonly example: TrainingExample }
  | { readonly kind: 'transition'; readonly transition: StageTransition }
  | { readonly kind: 'alert'; readonly alert: LifecycleAlert }
  | { readonly kind: 'rejection'; readonly cause: DeadLetterCause; readonly field: string; readonly reason: string }
