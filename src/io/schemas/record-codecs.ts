import type { Interaction } from '../../core/contracts/interaction.ts'
import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { Prediction } from '../../core/contracts/prediction.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import type { TrainingExample } from '../../core/contracts/training-example.ts'
import type { UserStateRecord } from '../../core/contracts/user-state-record.ts'
import { INTERACTION_MAPPING } from './mappings/interaction-mapping.ts'
import { LIFECYCLE_ALERT_MAPPING } from './mappings/lifecycle-alert-mapping.ts'
import { MODEL_BUNDLE_MAPPING } from './mappings/model-bundle-mapping.ts'
import { PREDICTION_MAPPING } from './mappings/prediction-mapping.ts'
import { STAGE_TRANSITION_MAPPING } from './mappings/stage-transition-mapping.ts'
import { TRAINING_EXAMPLE_MAPPING } from './mappings/training-example-mapping.ts'
import { USER_STATE_MAPPING } from './mappings/user-state-mapping.ts'
import type { RecordCodec } from './record-codec.ts'
import { createRecordCodec } from './record-codec.ts'
import { readSchemaTypes } from './schema-types.ts'

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

/** Reads the schemas; once per process is enough. Throws LifecycleError `unreadable-file`. */
export function createRecordCodecs(): RecordCodecs {
  const types = readSchemaTypes()
  return {
    interaction: createRecordCodec(INTERACTION_MAPPING, types),
    userState: createRecordCodec(USER_STATE_MAPPING, types),
    stageTransition: createRecordCodec(STAGE_TRANSITION_MAPPING, types),
    lifecycleAlert: createRecordCodec(LIFECYCLE_ALERT_MAPPING, types),
    trainingExample: createRecordCodec(TRAINING_EXAMPLE_MAPPING, types),
    prediction: createRecordCodec(PREDICTION_MAPPING, types),
    modelBundle: createRecordCodec(MODEL_BUNDLE_MAPPING, types),
  }
}
