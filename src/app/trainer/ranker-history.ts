import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { Prediction } from '../../core/contracts/prediction.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { ChunkJoiner } from '../chunked-record.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'
import { type CheckpointHead, decodeCheckpoint } from './checkpoint-record.ts'
import { shadowOf } from './shadow-header.ts'

const READ_LIMIT = 4096
/** Records at the end of model-bundles among which the newest bundle is whole. */
const BUNDLE_RECORDS = 64

const decoder = new TextDecoder()

/** The group's newest checkpoint, or null. */
export async function latestCheckpoint(
  log: Log,
  group: string,
): Promise<{ readonly head: CheckpointHead; readonly snapshot: Uint8Array } | null> {
  const end = await log.endOffset(TOPICS.checkpoints, 0)
  let checkpoint: Uint8Array | null = null
  const joiner = new ChunkJoiner()
  for await (const { records } of readTo(log, TOPICS.checkpoints, 0, 0, end, 16)) {
    for (const record of records) {
      const whole = joiner.add(record)
      if (whole?.key && decoder.decode(whole.key) === group) checkpoint = whole.value
    }
  }
  return checkpoint && decodeCheckpoint(checkpoint)
}

/** The bundle of a version, if it is one of the newest. */
export async function publishedBundle(log: Log, codecs: RecordCodecs, version: number): Promise<ModelBundle | null> {
  const end = await log.endOffset(TOPICS.modelBundles, 0)
  const from = Math.max(await log.startOffset(TOPICS.modelBundles, 0), end - BUNDLE_RECORDS)
  const joiner = new ChunkJoiner()
  for await (const { records } of readTo(log, TOPICS.modelBundles, 0, from, end, BUNDLE_RECORDS)) {
    for (const record of records) {
      const whole = joiner.add(record)
      const bundle = whole && codecs.modelBundle.decodeOwn(whole.value)
      if (bundle?.version === version) return bundle
    }
  }
  return null
}

/** Among the last `count` records of predictions those of one ranker: the main one, or the shadow of that name. */
export async function* latestPredictions(
  log: Log,
  codecs: RecordCodecs,
  count: number,
  shadow: string | undefined,
): AsyncGenerator<Prediction, void, undefined> {
  const end = await log.endOffset(TOPICS.predictions, 0)
  const from = Math.max(await log.startOffset(TOPICS.predictions, 0), end - count)
  for await (const { records } of readTo(log, TOPICS.predictions, 0, from, end, READ_LIMIT)) {
    for (const { value, headers } of records) {
      if (value && shadowOf(headers) === shadow) yield codecs.prediction.decodeOwn(value)
    }
  }
}
