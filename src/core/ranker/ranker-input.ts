import { embeddedFields } from './embedded-fields.ts'
import type { EmbeddingRows } from './embedding-rows.ts'
import type { EmbeddingTable } from './embedding-table.ts'
import type { EncodedBatch } from './encode-batch.ts'
import type { RankerSettings } from './ranker-settings.ts'

/**
 * Layout of the right branch's input, a row of I columns:
 * [sparse fields and crosses (S D) | static attributes ((F - S0) D) | with stateFeatures: state fields (S0 D) and state
 * numbers (Z)], S0 being the number of state fields, which come first among the extractor's.
 */
export function inputWidth(settings: RankerSettings): number {
  return (
    (embeddedFields(settings).length + rightTokenFields(settings).length) * settings.embeddingWidth +
    (settings.stateFeatures ? settings.stateNumberCount : 0)
  )
}

/** Extractor fields whose tokens the right branch reads, in the order of the input. */
export function rightTokenFields({ extractor, stateFeatures }: RankerSettings): number[] {
  const fields = Array.from({ length: extractor.fieldCount }, (_, f) => f)
  const statics = fields.slice(extractor.stateFieldCount)
  return stateFeatures ? [...statics, ...fields.slice(0, extractor.stateFieldCount)] : statics
}

/** Looks the batch's embeddings up: (B, I). `numbers` are the standardised state numbers, (B, Z). */
export function gatherInput(
  batch: EncodedBatch,
  numbers: Float32Array,
  settings: RankerSettings,
  tables: readonly EmbeddingTable[],
  tokenRows: EmbeddingRows,
): Float32Array {
  const D = settings.embeddingWidth
  const I = inputWidth(settings)
  const S = tables.length
  const F = settings.extractor.fieldCount
  const Z = settings.stateNumberCount
  const fields = rightTokenFields(settings)
  const input = new Float32Array(batch.size * I)
  for (let b = 0; b < batch.size; b++) {
    let at = b * I
    for (let s = 0; s < S; s++, at += D) copyRow(tables[s].rows.values, batch.rows[b * S + s] * D, input, at, D)
    for (const f of fields) {
      copyRow(tokenRows.values, batch.tokens[b * F + f] * D, input, at, D)
      at += D
    }
    if (settings.stateFeatures) copyRow(numbers, b * Z, input, at, Z)
  }
  return input
}

/** Hands the gradient of the input (B, I) back to the rows it was gathered from. */
export function scatterInput(
  gradient: Float32Array,
  batch: EncodedBatch,
  settings: RankerSettings,
  tables: readonly EmbeddingTable[],
  tokenRows: EmbeddingRows,
): void {
  const D = settings.embeddingWidth
  const I = inputWidth(settings)
  const S = tables.length
  const F = settings.extractor.fieldCount
  const fields = rightTokenFields(settings)
  for (let b = 0; b < batch.size; b++) {
    let at = b * I
    for (let s = 0; s < S; s++, at += D) tables[s].rows.addGradient(batch.rows[b * S + s], gradient, at)
    for (const f of fields) {
      tokenRows.addGradient(batch.tokens[b * F + f], gradient, at)
      at += D
    }
  }
}

function copyRow(from: Float32Array, at: number, to: Float32Array, toAt: number, width: number): void {
  for (let d = 0; d < width; d++) to[toAt + d] = from[at + d]
}
