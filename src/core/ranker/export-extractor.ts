import type { ExtractorWeights } from '../contracts/model-bundle.ts'
import type { RankerSettings } from './ranker-settings.ts'
import type { RankerState } from './ranker-state.ts'

/** The left branch as the tracker runs it, with the weights that serve; copies. */
export function exportExtractor(
  { extractor, embeddingWidth, tasks }: RankerSettings,
  state: RankerState,
): ExtractorWeights {
  const copy = (name: string): Float32Array => state.weights.view(name, state.weights.serving).slice()
  return {
    form: extractor.form,
    fieldCount: extractor.fieldCount,
    width: embeddingWidth,
    taskCount: tasks.length,
    tokenOffsets: Int32Array.from(extractor.tokenOffsets),
    tokenEmbeddings: state.tokens.values.slice(),
    query: copy('left.query'),
    key: copy('left.key'),
    value: copy('left.value'),
    pooling: copy('left.pooling'),
    headWeights: copy('left.heads'),
    headBias: copy('left.heads.bias'),
  }
}
