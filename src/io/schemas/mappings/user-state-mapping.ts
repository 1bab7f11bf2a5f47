import { STAGES } from '../../../core/contracts/stage.ts'
import type { UserStateRecord } from '../../../core/contracts/user-state-record.ts'
import type { RecordMapping } from '../record-mapping.ts'
import { floatBytes, floatsOf, memberOf, plainInts } from '../record-mapping.ts'
import { plainPosition, plainPosteriors } from './plain-parts.ts'

interface UserStateBody extends Omit<UserStateRecord, 'stage' | 'embedding' | 'stateTokens' | 'stateNumbers'> {
  readonly stage: string
  readonly embedding: Uint8Array
  readonly stateTokens: readonly number[]
  readonly stateNumbers: Uint8Array
}

export const USER_STATE_MAPPING: RecordMapping<UserStateRecord, UserStateBody> = {
  schema: 'user-state',

  toBody: (record) => ({
    ...record,
    embedding: floatBytes(record.embedding),
    stateTokens: plainInts(record.stateTokens),
    stateNumbers: floatBytes(record.stateNumbers),
  }),

  fromBody: (body) => ({
    ...body,
    stage: memberOf(STAGES, body.stage, 'stage'),
    tasks: plainPosteriors(body.tasks),
    embedding: floatsOf(body.embedding, 'embedding'),
    stateTokens: new Int32Array(body.stateTokens),
    stateNumbers: floatsOf(body.stateNumbers, 'stateNumbers'),
    source: plainPosition(body.source),
  }),
}
