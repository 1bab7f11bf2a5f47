import type { Prediction } from '../../../core/contracts/prediction.ts'
import { STAGES } from '../../../core/contracts/stage.ts'
import type { RecordMapping } from '../record-mapping.ts'
import { memberOf } from '../record-mapping.ts'

interface PredictionBody extends Omit<Prediction, 'stage'> {
  readonly stage: string
}

export const PREDICTION_MAPPING: RecordMapping<Prediction, PredictionBody> = {
  schema: 'prediction',

  toBody: (record) => record,

  fromBody: (body) => ({
    ...body,
    stage: memberOf(STAGES, body.stage, 'stage'),
    tasks: body.tasks.map((task) => ({ ...task })),
  }),
}
