import type { Interaction } from '../../core/contracts/interaction.ts'
import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { Prediction } from '../../core/contracts/prediction.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { localSchemas } from './local-schemas.ts'
import { INTERACTION_MAPPING } from './mappings/interaction-mapping.ts'
import { LIFECYCLE_ALERT_MAPPING } from './mappings/lifecycle-alert-mapping.ts'
import { MODEL_BUNDLE_MAPPING } from './mappings/model-bundle-mapping.ts'
import { PREDICTION_MAPPING } from './mappings/prediction-mapping.ts'
import { STAGE_TRANSITION_MAPPING } from './mappings/stage-transition-mapping.ts'
import { TRAINING_EXAMPLE_MAPPING } from './mappings/training-example-mapping.ts'
import { USER_STATE_MAPPING } from './mappings/user-state-mapping.ts'
import type { RecordCodec } from './record-codec.ts'
import { createRecordCodec } from './record-codec.ts'
import type { SchemaSource } from './schema-source.ts'

/** One codec per topic value. */
export interface RecordCodecs {
  readonly interaction: RecordCodec<Interaction>
  readonly userState: RecordCodec<UserStateRecord>
  readonly stageTransition: RecordCodec<StageTransition>
  readonly lifecycleAlert: RecordCodec<LifecycleAlert>
  readonly trainingExample: RecordCodec<TrainingExample>
  readonly prediction: RecordCodec<Prediction>
  readonly modelBundle: RecordCodec<ModelBundle>
}

/** Schema ids are of the local table, unless a source names others. Throws LifecycleError `unreadable-file`. */
export function createRecordCodecs(source: SchemaSource = localSchemas()): RecordCodecs {
  return {
    interaction: createRecordCodec(INTERACTION_MAPPING, source),
    userState: createRecordCodec(USER_STATE_MAPPING, source),
    stageTransition: createRecordCodec(STAGE_TRANSITION_MAPPING, source),
    lifecycleAlert: createRecordCodec(LIFECYCLE_ALERT_MAPPING, source),
    trainingExample: createRecordCodec(TRAINING_EXAMPLE_MAPPING, source),
    prediction: createRecordCodec(PREDICTION_MAPPING, source),
    modelBundle: createRecordCodec(MODEL_BUNDLE_MAPPING, source),
  }
}
