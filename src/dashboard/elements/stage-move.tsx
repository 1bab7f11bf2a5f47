import type { Transition } from '../api/answers.ts'

type Move = Pick<Transition, 'from' | 'to' | 'reason'>

/** From stage to stage, or the flag that changed. */
export function StageMove({ transition: { from, to, reason } }: { readonly transition: Move }) {
  if (reason !== 'evidence') {
    return (
      <span class="stage-move">
        <StageName stage={to} />
        <span class="stage-move-flag">{reason === 'dormant' ? 'went dormant' : 'returned'}</span>
      </span>
    )
  }
  return (
    <span class="stage-move">
      <StageName stage={from} />
      <span aria-hidden="true">→</span>
      <span class="hidden-text">to</span>
      <StageName stage={to} />
    </span>
  )
}

function StageName({ stage }: { readonly stage: Transition['from'] }) {
  return (
    <span class="stage-name">
      <span class="dot" style={{ background: `var(--stage-${stage})` }} />
      {stage}
    </span>
  )
}
