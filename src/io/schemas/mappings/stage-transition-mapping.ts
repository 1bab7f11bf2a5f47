import { STAGES } from '../../../core/contracts/stage.ts'
import type { StageTransition } from '../../../core/contracts/stage-transition.ts'
import { TRANSITION_REASONS } from '../../../core/contracts/stage-transition.ts'
import type { RecordMapping } from '../record-mapping.ts'
import { memberOf } from '../record-mapping.ts'
import { plainPosition, plainPosteriors } from './plain-parts.ts'

interface StageTransitionBody extends Omit<StageTransition, 'from' | 'to' | 'reason'> {
  readonly from: string
  readonly to: string
  readonly reason: string
}

export const STAGE_TRANSITION_MAPPING: RecordMapping<StageTransition, StageTransitionBody> = {
  schema: 'stage-transition',

  toBody: (record) => record,

  fromBody: (body) => ({
    ...body,
    from: memberOf(STAGES, body.from, 'from'),
    to: memberOf(STAGES, body.to, 'to'),
    reason: memberOf(TRANSITION_REASONS, body.reason, 'reason'),
    before: plainPosteriors(body.before),
    after: plainPosteriors(body.after),
    source: plainPosition(body.source),
  }),
}
