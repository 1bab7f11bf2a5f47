import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { DatasetBatch } from '../../io/datasets/dataset-batch.ts'
import type { Config } from '../config/config-schema.ts'
import type { IngestCounts } from '../ingest/ingest.ts'
import { collectExamples, type CollectedExamples } from './collect-examples.ts'
import type { EvaluationData } from './evaluation-data.ts'
import { EXAMPLE_FILE_FORMAT, readExampleFile, writeExampleFile } from './example-file.ts'
import { codeHash } from './code-hash.ts'
import { keyOf, type WorkFolder } from './work-folder.ts'

/** Sections of the configuration that examples do not depend on. */
const WITHOUT_EFFECT = ['dataDir', 'log', 'partitions', 'niceness', 'logLevel', 'kafka', 'api', 'ranking', 'metrics']

export interface KeptExamples {
  /** Hash of the examples themselves: runs stay good when other code makes the same ones. */
  readonly key: string
  readonly path: string
  readonly collected: CollectedExamples
  /** Whether they were there already. */
  readonly kept: boolean
}

/** The examples of a data set: from the work folder, or made by the pipeline and put there. */
export async function cachedExamples(
  data: EvaluationData,
  config: Config,
  folder: WorkFolder,
  onProgress: (batch: DatasetBatch, counts: IngestCounts) => void,
): Promise<KeptExamples> {
  const settings = Object.entries(config).filter(([section]) => !WITHOUT_EFFECT.includes(section))
  const code = [await codeHash('./collect-examples'), await codeHash(data.reader)]
  const key = keyOf([EXAMPLE_FILE_FORMAT, settings, await data.fingerprint(), code])
  const path = folder.examplesPath(key)
  const kept = await readKept(path)
  if (kept) return { key: await hashOf(path), path, collected: kept, kept: true }
  await writeExampleFile(path, await collectExamples(data.read(), config, onProgress))
  // Read back, so that a first and a resumed run work on the same objects.
  return { key: await hashOf(path), path, collected: await readExampleFile(path), kept: false }
}

/** Null where there is none, or a damaged one, which is made anew. */
async function readKept(path: string): Promise<CollectedExamples | null> {
  try {
    return await readExampleFile(path)
  } catch {
    return null
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex').slice(0, 24)
}
