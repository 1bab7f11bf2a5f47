import type { ComponentChildren } from 'preact'
import type { Answer } from '../api/answers.ts'
import type { Asked } from '../api/use-answer.ts'
import { Skeleton } from './skeleton.tsx'

interface Props<A extends Answer> {
  readonly asked: Asked<A>
  /** What is being loaded, for example "the lifecycle". */
  readonly what: string
  /** Pixels of the skeleton of each card. */
  readonly heights?: readonly number[]
  readonly children: (answer: A) => ComponentChildren
}

/** Waits for an answer, says why there is none, and keeps showing an old one when the newest request failed. */
export function AnswerView<A extends Answer>({ asked, what, heights = [300], children }: Props<A>) {
  const { answer, error, isOutdated, reload } = asked
  if (answer === null && error === null) return <Skeleton what={what} heights={heights} />
  return (
    <div class={isOutdated ? 'answer answer-outdated' : 'answer'} aria-busy={isOutdated}>
      {error && (
        <div class="error-note" role="alert">
          <p>
            <strong>Cannot load {what}.</strong> {error.message}
            {answer && ' What you see is older.'}
          </p>
          <button type="button" class="button" onClick={reload}>
            Try again
          </button>
        </div>
      )}
      {answer && children(answer)}
    </div>
  )
}
