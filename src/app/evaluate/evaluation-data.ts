import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Stage } from '../../core/contracts/stage.ts'
import type { DatasetBatch } from '../../io/datasets/dataset-batch.ts'
import { readJsonl } from '../../io/datasets/jsonl-reader.ts'
import { readKuailive } from '../../io/datasets/kuailive-reader.ts'
import { readKuairand } from '../../io/datasets/kuairand-reader.ts'
import { readWechat } from '../../io/datasets/wechat-reader.ts'
import { KUAILIVE_PRESET, WECHAT_PRESET } from '../config/dataset-presets.ts'
import { KUAIRAND_PRESET } from '../config/kuairand-preset.ts'
import { parseSimulated, readSimulated, simulatedTruth } from './simulated-data.ts'

const DATA_KINDS = ['kuairand', 'wechat', 'kuailive', 'jsonl', 'simulated'] as const

/** A data set to evaluate on. */
export interface EvaluationData {
  /** Settings that fit it. */
  readonly preset?: Record<string, unknown>
  /** Milliseconds by which its days begin before those of UTC. */
  readonly utcOffsetMs: number
  /** Days at its end that are the test, where nothing else is said; 2 without. */
  readonly testDays?: number
  /** The file that reads it, as code-hash.ts takes it. */
  readonly reader: string
  read(): AsyncGenerator<DatasetBatch, void, undefined>
  /** What changes when the data changes: names, sizes and times of its files. */
  fingerprint(): Promise<unknown>
  /** The hidden stage of a user, where the data set knows it. */
  readonly trueStage?: (userId: string, timeMs: number) => Stage
}

/** Days to read, yyyy-mm-dd; both inclusive, both optional. */
export interface ReadDays {
  readonly from?: string
  readonly to?: string
}

const CHINA_MS = 8 * 3_600_000

/** Data set of `kind:place`. Throws RangeError for another form. */
export function evaluationData(text: string, days: ReadDays): EvaluationData {
  const [, kind, place] = /^([a-z]+):(.+)$/s.exec(text) ?? []
  const dated = days.from !== undefined || days.to !== undefined
  if (dated && kind !== 'kuairand' && kind !== 'kuailive') {
    throw new RangeError(`Cannot use --from or --to with ${text}: only kuairand and kuailive read days`)
  }
  switch (kind) {
    case 'kuairand':
      return {
        preset: KUAIRAND_PRESET,
        utcOffsetMs: CHINA_MS,
        reader: '../../io/datasets/kuairand-reader',
        read: () => readKuairand(place, { ...days, inOrder: true }),
        fingerprint: async () => [days, await fingerprintOfFolder(place)],
      }
    case 'wechat':
      return {
        preset: WECHAT_PRESET,
        utcOffsetMs: 0,
        testDays: 1,
        reader: '../../io/datasets/wechat-reader',
        read: () => readWechat(place),
        fingerprint: () => fingerprintOfFolder(place),
      }
    case 'kuailive':
      return {
        preset: KUAILIVE_PRESET,
        utcOffsetMs: CHINA_MS,
        reader: '../../io/datasets/kuailive-reader',
        read: () => readKuailive(place, days),
        fingerprint: async () => [days, await fingerprintOfFolder(place)],
      }
    case 'jsonl':
      if (place === '-') throw new RangeError('Cannot evaluate on jsonl:-: name a file, it may be read more than once')
      return {
        utcOffsetMs: 0,
        reader: '../../io/datasets/jsonl-reader',
        read: () => readJsonl(place),
        fingerprint: () => fingerprintOfFile(place),
      }
    case 'simulated': {
      const world = parseSimulated(place)
      return {
        utcOffsetMs: 0,
        reader: './simulated-data',
        read: () => readSimulated(world),
        fingerprint: () => Promise.resolve(world),
        trueStage: simulatedTruth(world),
      }
    }
    default:
      throw new RangeError(
        `Cannot evaluate on ${text}: write ${DATA_KINDS.map((known) => `${known}:${placeOf(known)}`).join(', ')}`,
      )
  }
}

function placeOf(kind: (typeof DATA_KINDS)[number]): string {
  if (kind === 'simulated') return 'users=N,days=N,seed=N'
  return kind === 'jsonl' ? 'FILE' : 'DIR'
}

/** CSV files of a folder and of its `data` folder. Where they are missing, the reader says so. */
async function fingerprintOfFolder(folder: string): Promise<unknown[]> {
  const files: unknown[] = []
  for (const path of [folder, join(folder, 'data')]) {
    const names = (await readdir(path).catch((): string[] => [])).filter((name) => /\.csv(\.gz)?$/.test(name))
    for (const name of names.sort((a, b) => (a < b ? -1 : 1))) files.push(await fingerprintOfFile(join(path, name)))
  }
  return files
}

async function fingerprintOfFile(path: string): Promise<unknown> {
  const status = await stat(path).catch(() => null)
  return status && { name: path.slice(dirname(path).length), size: status.size, changedMs: Math.floor(status.mtimeMs) }
}
