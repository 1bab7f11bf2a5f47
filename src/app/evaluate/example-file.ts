import { type FileHandle, open, rename } from 'node:fs/promises'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import type { FeatureMap } from '../../core/contracts/interaction.ts'
import type { EventId, ItemId, Offset, UserId } from '../../core/contracts/ids.ts'
import { STAGES, stageIndex } from '../../core/contracts/stage.ts'
import type { ExampleTask, TrainingExample } from '../../core/contracts/training-example.ts'
import { ByteReader } from '../../core/user-state/byte-reader.ts'
import { ByteWriter } from '../../core/user-state/byte-writer.ts'
import type { CollectedExamples } from './collect-examples.ts'

/** Bump with every change of the bytes. */
export const EXAMPLE_FILE_FORMAT = 1
const BLOCK = 2048
const TASK_NUMBERS = [
  'label',
  'rawValue',
  'pseudoLabel',
  'alpha',
  'beta',
  'effectiveSampleSize',
  'gamma',
  'algorithmGamma',
  'trials',
  'successes',
] as const satisfies readonly (keyof ExampleTask)[]

/**
 * Writes collected examples: blocks of bytes, each with its length in front. Feature maps and topic names stand once;
 * a reader shares them between rows, which is what keeps a worker small. The file appears when it is complete.
 */
export async function writeExampleFile(path: string, collected: CollectedExamples): Promise<void> {
  const { examples, tasks } = collected
  const file = await open(`${path}.part`, 'w')
  try {
    const writer = new ByteWriter()
    const shared = new SharedTexts()
    writer.varint(EXAMPLE_FILE_FORMAT)
    writer.varint(examples.length)
    writer.text(JSON.stringify({ tasks, rows: collected.rows, deadLetters: collected.deadLetters }))
    writer.varint(collected.bundle.length)
    for (const byte of collected.bundle) writer.byte(byte)
    await writeBlock(file, writer)
    for (let from = 0; from < examples.length; from += BLOCK) {
      for (let i = from; i < Math.min(from + BLOCK, examples.length); i++) {
        writeExample(writer, shared, examples[i])
        for (let k = 0; k < tasks.length; k++) writer.float32(collected.predicted[i * tasks.length + k])
      }
      await writeBlock(file, writer)
    }
  } finally {
    await file.close()
  }
  await rename(`${path}.part`, path)
}

/** Throws LifecycleError `corrupt` when the file is not a complete one of this format. */
export async function readExampleFile(path: string): Promise<CollectedExamples> {
  const file = await open(path, 'r')
  try {
    const head = await readBlock(file, path)
    if (!head || head.varint() !== EXAMPLE_FILE_FORMAT) throw corrupt(path, 'it is of another format')
    const count = head.varint()
    const { tasks, rows, deadLetters } = JSON.parse(head.text()) as Omit<CollectedExamples, 'examples'>
    const bundle = Uint8Array.from({ length: head.varint() }, () => head.byte())
    const examples: TrainingExample[] = []
    const predicted = new Float32Array(count * tasks.length)
    const shared: FeatureMap[] = []
    for (let block = await readBlock(file, path); block; block = await readBlock(file, path)) {
      while (block.remaining > 0) {
        const at = examples.length * tasks.length
        examples.push(readExample(block, shared, tasks))
        for (let k = 0; k < tasks.length; k++) predicted[at + k] = block.float32()
      }
    }
    if (examples.length !== count) throw corrupt(path, `it ends after ${examples.length} of ${count} examples`)
    return { tasks, rows, deadLetters, bundle, examples, predicted }
  } finally {
    await file.close()
  }
}

/** Numbers of the feature maps that were written already. */
class SharedTexts {
  private readonly known = new Map<string, number>()

  /** The map's number, and its text where it comes for the first time. */
  write(writer: ByteWriter, map: FeatureMap): void {
    const text = JSON.stringify(map)
    const number = this.known.get(text)
    writer.varint(number ?? this.known.size)
    if (number !== undefined) return
    writer.text(text)
    this.known.set(text, this.known.size)
  }
}

function writeExample(writer: ByteWriter, shared: SharedTexts, example: TrainingExample): void {
  writer.text(example.exampleId)
  writer.text(example.userId)
  writer.text(example.itemId)
  writer.float64(example.weight)
  writer.varint(example.impressionTime)
  shared.write(writer, example.context)
  shared.write(writer, example.userFeatures)
  shared.write(writer, example.itemFeatures)
  writer.byte(stageIndex(example.stage))
  for (const probability of example.stageProbabilities) writer.float64(probability)
  writer.varint(example.stateTokens.length)
  for (const token of example.stateTokens) writer.varint(token)
  writer.varint(example.stateNumbers.length)
  for (const number of example.stateNumbers) writer.float32(number)
  for (const task of example.tasks) {
    writer.byte(task.trial ? 1 : 0)
    for (const name of TASK_NUMBERS) writer.float64(task[name])
  }
  writer.varint(example.bundleVersion)
  writer.varint(example.source.offset)
}

function readExample(reader: ByteReader, shared: FeatureMap[], tasks: readonly string[]): TrainingExample {
  return {
    exampleId: reader.text() as EventId,
    userId: reader.text() as UserId,
    itemId: reader.text() as ItemId,
    kind: 'final',
    weight: reader.float64(),
    impressionTime: reader.varint(),
    context: readShared(reader, shared),
    userFeatures: readShared(reader, shared),
    itemFeatures: readShared(reader, shared),
    stage: STAGES[reader.byte()],
    stageProbabilities: STAGES.map(() => reader.float64()),
    stateTokens: Int32Array.from({ length: reader.varint() }, () => reader.varint()),
    stateNumbers: Float32Array.from({ length: reader.varint() }, () => reader.float32()),
    tasks: tasks.map((task): ExampleTask => {
      const trial = reader.byte() === 1
      const numbers = Object.fromEntries(TASK_NUMBERS.map((name) => [name, reader.float64()]))
      return { task, trial, ...(numbers as Record<(typeof TASK_NUMBERS)[number], number>) }
    }),
    bundleVersion: reader.varint(),
    source: { topic: 'interactions', partition: 0, offset: reader.varint() as Offset },
  }
}

function readShared(reader: ByteReader, shared: FeatureMap[]): FeatureMap {
  const number = reader.varint()
  if (number === shared.length) shared.push(Object.freeze(JSON.parse(reader.text()) as FeatureMap))
  return shared[number]
}

async function writeBlock(file: FileHandle, writer: ByteWriter): Promise<void> {
  const bytes = writer.take()
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  await file.write(length)
  await file.write(bytes)
}

async function readBlock(file: FileHandle, path: string): Promise<ByteReader | null> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4)
  if (bytesRead === 0) return null
  if (bytesRead < 4) throw corrupt(path, 'it ends within a length')
  const bytes = Buffer.alloc(buffer.readUInt32LE())
  const block = await file.read(bytes, 0, bytes.length)
  if (block.bytesRead < bytes.length) throw corrupt(path, 'it ends within a block')
  return new ByteReader(bytes)
}

function corrupt(path: string, state: string): LifecycleError {
  return new LifecycleError('corrupt', `Cannot read examples from ${path}: ${state}`)
}
