import type { ExtractorWeights, ModelBundle, TaskPopulation } from '../../../core/contracts/model-bundle.ts'
import { ATTENTION_FORMS } from '../../../core/contracts/model-bundle.ts'
import type { RecordMapping } from '../record-mapping.ts'
import { floatBytes, floatsOf, memberOf } from '../record-mapping.ts'

const WEIGHT_NAMES = ['tokenEmbeddings', 'query', 'key', 'value', 'pooling', 'headWeights', 'headBias'] as const
type WeightName = (typeof WEIGHT_NAMES)[number]

interface ExtractorBody
  extends Omit<ExtractorWeights, WeightName | 'form' | 'tokenOffsets'>, Readonly<Record<WeightName, Uint8Array>> {
  readonly form: string
  readonly tokenOffsets: readonly number[]
}

interface TaskPopulationBody extends Omit<TaskPopulation, 'quantiles'> {
  readonly quantiles: readonly number[]
}

interface ModelBundleBody extends Omit<ModelBundle, 'tasks' | 'extractor'> {
  readonly tasks: readonly TaskPopulationBody[]
  readonly extractor: ExtractorBody
}

export const MODEL_BUNDLE_MAPPING: RecordMapping<ModelBundle, ModelBundleBody> = {
  schema: 'model-bundle',

  toBody: (record) => ({
    ...record,
    tasks: record.tasks.map((task) => ({ ...task, quantiles: Array.from(task.quantiles) })),
    extractor: extractorBody(record.extractor),
  }),

  fromBody: (body) => ({
    ...body,
    tasks: body.tasks.map((task) => ({ ...task, quantiles: new Float64Array(task.quantiles) })),
    extractor: extractorOf(body.extractor),
  }),
}

function extractorBody(weights: ExtractorWeights): ExtractorBody {
  return {
    ...weights,
    tokenOffsets: Array.from(weights.tokenOffsets),
    tokenEmbeddings: floatBytes(weights.tokenEmbeddings),
    query: floatBytes(weights.query),
    key: floatBytes(weights.key),
    value: floatBytes(weights.value),
    pooling: floatBytes(weights.pooling),
    headWeights: floatBytes(weights.headWeights),
    headBias: floatBytes(weights.headBias),
  }
}

function extractorOf(body: ExtractorBody): ExtractorWeights {
  return {
    ...body,
    form: memberOf(ATTENTION_FORMS, body.form, 'extractor.form'),
    tokenOffsets: new Int32Array(body.tokenOffsets),
    tokenEmbeddings: floatsOf(body.tokenEmbeddings, 'extractor.tokenEmbeddings'),
    query: floatsOf(body.query, 'extractor.query'),
    key: floatsOf(body.key, 'extractor.key'),
    value: floatsOf(body.value, 'extractor.value'),
    pooling: floatsOf(body.pooling, 'extractor.pooling'),
    headWeights: floatsOf(body.headWeights, 'extractor.headWeights'),
    headBias: floatsOf(body.headBias, 'extractor.headBias'),
  }
}
