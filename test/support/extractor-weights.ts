import type { AttentionForm, ExtractorWeights } from '../../src/core/contracts/model-bundle.ts'
import { createSeededRandom } from '../../src/core/statistics/seeded-random.ts'

/** Random extractor weights of a given shape; `scale` is the standard deviation of the token embeddings. */
export function randomExtractorWeights(options: {
  seed: number
  tokensPerField: readonly number[]
  width?: number
  taskCount?: number
  form?: AttentionForm
  scale?: number
}): ExtractorWeights {
  const { seed, tokensPerField, width = 8, taskCount = 3, form = 'right', scale = 0.5 } = options
  const random = createSeededRandom(seed)
  const fieldCount = tokensPerField.length
  const tokenOffsets = new Int32Array(fieldCount + 1)
  tokensPerField.forEach((tokens, f) => (tokenOffsets[f + 1] = tokenOffsets[f] + tokens))
  const draw = (length: number, deviation: number) => Float32Array.from({ length }, () => random.normal() * deviation)
  const side = form === 'right' ? width : fieldCount
  return {
    form,
    fieldCount,
    width,
    taskCount,
    tokenOffsets,
    tokenEmbeddings: draw(tokenOffsets[fieldCount] * width, scale),
    query: draw(side * side, 1 / Math.sqrt(side)),
    key: draw(side * side, 1 / Math.sqrt(side)),
    value: draw(side * side, 1 / Math.sqrt(side)),
    pooling: draw(taskCount * width, 1),
    headWeights: draw(taskCount * width, 1),
    headBias: draw(taskCount, 0.5),
  }
}
