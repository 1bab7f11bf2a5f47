import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { FrozenFeatures, FrozenTask } from './frozen-features.ts'

const FLOAT32_BYTES = 4

export function writeFrozen(writer: ByteWriter, frozen: FrozenFeatures): void {
  writer.byte(frozen.stage)
  for (const probability of frozen.stageProbabilities) writer.float32(probability)
  writer.varint(frozen.tokens.length)
  for (const token of frozen.tokens) writer.varint(token)
  writer.varint(frozen.numbers.length)
  for (const number of frozen.numbers) writer.float32(number)
  writer.varint(frozen.tasks.length)
  for (const task of frozen.tasks) {
    writer.float32(task.alpha)
    writer.float32(task.beta)
    writer.float32(task.effectiveSampleSize)
    writer.float32(task.gamma)
    writer.float32(task.algorithmGamma)
    writer.float32(task.predicted)
    writer.varint(task.trials)
    writer.varint(task.successes)
  }
  writer.varint(frozen.bundleVersion)
}

export function readFrozen(reader: ByteReader): FrozenFeatures {
  const stage = reader.byte()
  const stageProbabilities = [reader.float32(), reader.float32(), reader.float32(), reader.float32()]
  const tokens = new Int32Array(reader.varint())
  for (let f = 0; f < tokens.length; f++) tokens[f] = reader.varint()
  const numbers = new Float32Array(reader.varint())
  for (let z = 0; z < numbers.length; z++) numbers[z] = reader.float32()
  const tasks: FrozenTask[] = []
  for (let left = reader.varint(); left > 0; left--) {
    tasks.push({
      alpha: reader.float32(),
      beta: reader.float32(),
      effectiveSampleSize: reader.float32(),
      gamma: reader.float32(),
      algorithmGamma: reader.float32(),
      predicted: reader.float32(),
      trials: reader.varint(),
      successes: reader.varint(),
    })
  }
  return { stage, stageProbabilities, tokens, numbers, tasks, bundleVersion: reader.varint() }
}

/** What the extractor predicted of each task, read without the rest. */
export function readPredicted(reader: ByteReader): number[] {
  reader.skip(1 + 4 * FLOAT32_BYTES)
  for (let left = reader.varint(); left > 0; left--) reader.varint()
  reader.skip(reader.varint() * FLOAT32_BYTES)
  const predicted: number[] = []
  for (let left = reader.varint(); left > 0; left--) {
    reader.skip(5 * FLOAT32_BYTES)
    predicted.push(reader.float32())
    reader.varint()
    reader.varint()
  }
  reader.varint()
  return predicted
}
