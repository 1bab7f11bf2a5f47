import type { Stage } from '../../core/contracts/stage.ts'

interface Props {
  readonly stage: Stage
  readonly dormant?: boolean
  readonly returned?: boolean
}

/** A stage with its colour, and flags as words. */
export function StageBadge({ stage, dormant, returned }: Props) {
  return (
    <span class="badges">
      <span class="badge">
        <span class="dot" style={{ background: `var(--stage-${stage})` }} />
        {stage}
      </span>
      {dormant && <span class="badge badge-outline">dormant</span>}
      {returned && <span class="badge badge-outline">returned</span>}
    </span>
  )
}
