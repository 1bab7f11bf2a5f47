import * as tf from '@tensorflow/tfjs-core'
import type { WeightSpec, Weights } from './dense-weights.ts'
import { equalNeighbours } from './equal-neighbours.ts'
import { gatherPairs, gatherRows } from './gather.ts'
import { poolFields } from './pool-fields.ts'
import { product } from './product.ts'
import type { ExtractorShape } from './ranker-settings.ts'

/**
 * The attention extractor, STAN equations 6 to 9. B examples, F fields, D width, T tasks, U distinct tokens of the batch.
 */
export interface TokenBatch {
  /** Embeddings of the batch's distinct tokens, (U, D). */
  readonly embeddings: tf.Tensor2D
  /** Which of them each field of each example holds, (B, F). */
  readonly index: Int32Array
}

export function leftSpecs(shape: ExtractorShape, width: number, taskCount: number): WeightSpec[] {
  const side = shape.form === 'right' ? width : shape.fieldCount
  return [
    { name: 'left.query', shape: [side, side], init: 'glorot' },
    { name: 'left.key', shape: [side, side], init: 'glorot' },
    { name: 'left.value', shape: [side, side], init: 'glorot' },
    { name: 'left.pooling', shape: [taskCount, width], init: 'glorot' },
    { name: 'left.heads', shape: [taskCount, width], init: 'glorot' },
    { name: 'left.heads.bias', shape: [taskCount], init: 'zeros' },
  ]
}

/** Logits of p_k, equation 9 before the sigmoid, (B, T). */
export function leftLogits(batch: TokenBatch, w: Weights, shape: ExtractorShape): tf.Tensor {
  // X' = attention V enters equations 8 and 9 only as X' W_k and X' MLP_k, so it is never formed: V W_k comes first.
  const mixed = attend(batch, w, shape, (values) => product(values, poolingAndHeads(w))) // (B, F, 2T)
  return tf.add(poolFields(mixed), w['left.heads.bias']) // (B, T) + (T)
}

/**
 * The state embedding [s_1 .. s_T] of equation 8, (B, T D). A constant to who reads it: to be called off the tape. Worked
 * out once for neighbours of the same tokens, such as the candidates of a ranking.
 */
export function stateEmbedding({ embeddings, index }: TokenBatch, w: Weights, shape: ExtractorShape): tf.Tensor2D {
  const { fieldCount: F } = shape
  const states = equalNeighbours(index, F)
  const attended = attend({ embeddings, index: states.first }, w, shape, (values) => values) // X', (N, F, D)
  const [N, , D] = attended.shape
  const flat = tf.reshape(attended, [N * F, D])
  const pooling = tf.reshape(product(flat, tf.transpose(w['left.pooling'])), [N, F, -1]) // X' W_k, (N, F, T)
  const fields = tf.softmax(tf.transpose(pooling, [0, 2, 1])) // a_k, (N, T, F)
  const embedding = tf.reshape<tf.Rank.R2>(tf.matMul(fields, attended), [N, -1]) // (N, T, F) x (N, F, D) -> (N, T D)
  const B = states.of.length
  return N === B ? embedding : tf.reshape(gatherRows(embedding, states.of, 1), [B, -1])
}

/** What is wanted of V: linear in its rows, (N, D) -> (N, C). */
type Readout = (values: tf.Tensor) => tf.Tensor

/** softmax(Q K' / scale) read(V), equation 7: (B, F, C). */
function attend(batch: TokenBatch, w: Weights, shape: ExtractorShape, read: Readout): tf.Tensor3D {
  const form = shape.form === 'right' ? rightForm : leftForm
  const { scores, values } = form(batch, w, shape.fieldCount, read)
  return tf.matMul(tf.softmax(scores), values) // (B, F, F) x (B, F, C) -> (B, F, C)
}

interface Attended {
  /** Q K' / scale, (B, F, F). */
  readonly scores: tf.Tensor3D
  /** read(V), (B, F, C). */
  readonly values: tf.Tensor3D
}

/**
 * X W with W (D, D). A field's query, key and value depend on its own token alone, so they and the scores of all pairs
 * are tables over the batch's tokens, and an example looks its own up.
 */
function rightForm({ embeddings, index }: TokenBatch, w: Weights, F: number, read: Readout): Attended {
  const D = embeddings.shape[1]
  const query = product(embeddings, w['left.query']) // (U, D) x (D, D) -> (U, D), equation 6
  const key = product(embeddings, w['left.key']) // (U, D)
  const value = product(embeddings, w['left.value']) // (U, D)
  const pairs = product(query, tf.transpose(key)) // (U, D) x (D, U) -> (U, U)
  return {
    scores: tf.mul(gatherPairs(pairs, index, F), 1 / Math.sqrt(D)), // (B, F, F)
    values: gatherRows(read(value), index, F), // (U, C) -> (B, F, C)
  }
}

/** The paper's W X with W (F, F): every field mixes with all others first, so nothing is a table. */
function leftForm({ embeddings, index }: TokenBatch, w: Weights, F: number, read: Readout): Attended {
  const D = embeddings.shape[1]
  const B = index.length / F
  const x = gatherRows(embeddings, index, F) // X, (B, F, D)
  const columns = tf.reshape(tf.transpose(x, [1, 0, 2]), [F, B * D])
  const project = (name: string): tf.Tensor => tf.reshape(product(w[name], columns), [F, B, D]) // (F, F) x (F, B D) -> (F, B, D), equation 6
  const query = tf.transpose(project('left.query'), [1, 0, 2]) // (B, F, D)
  const key = tf.transpose(project('left.key'), [1, 2, 0]) // (B, D, F)
  const value = tf.transpose(project('left.value'), [1, 0, 2]) // (B, F, D)
  const values = read(tf.reshape(value, [B * F, D])) // (B F, C)
  return {
    scores: tf.mul(tf.matMul(query, key), 1 / Math.sqrt(F)), // (B, F, D) x (B, D, F) -> (B, F, F)
    values: tf.reshape(values, [B, F, -1]),
  }
}

/** [W_1 .. W_T | MLP_1 .. MLP_T] as columns, (D, 2T). */
function poolingAndHeads(w: Weights): tf.Tensor {
  return tf.transpose(tf.concat([w['left.pooling'], w['left.heads']], 0))
}
