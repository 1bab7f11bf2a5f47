import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { Prediction } from '../../core/contracts/prediction.ts'
import type { OutputRecord } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { chunksOf } from '../chunked-record.ts'
import { TOPICS } from '../topics.ts'
import { shadowHeaders } from './shadow-header.ts'

export interface RankerResults {
  readonly predictions: readonly Prediction[]
  /** Null when none is published. */
  readonly bundle: ModelBundle | null
  readonly checkpoint: Uint8Array
  /** Event time of the newest example, unix ms. */
  readonly eventTime: number
}

const encoder = new TextEncoder()

/** The records of one commit of a ranker. A shadow publishes no bundles. */
export function rankerOutputs(
  { predictions, bundle, checkpoint, eventTime }: RankerResults,
  { codecs, group, shadow }: { readonly codecs: RecordCodecs; readonly group: string; readonly shadow?: string },
): OutputRecord[] {
  const headers = shadowHeaders(shadow)
  const outputs: OutputRecord[] = predictions.map((prediction) => ({
    topic: TOPICS.predictions,
    partition: 0,
    key: encoder.encode(prediction.userId),
    value: codecs.prediction.encode(prediction),
    timestamp: prediction.impressionTime,
    headers,
  }))
  const versioned = { partition: 0, timestamp: eventTime }
  if (bundle && shadow === undefined) {
    outputs.push(
      ...chunksOf({ topic: TOPICS.modelBundles, key: null, value: codecs.modelBundle.encode(bundle), ...versioned }),
    )
  }
  outputs.push(...chunksOf({ topic: TOPICS.checkpoints, key: encoder.encode(group), value: checkpoint, ...versioned }))
  return outputs
}
