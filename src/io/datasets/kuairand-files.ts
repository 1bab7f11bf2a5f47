import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { readLines } from './read-lines.ts'

export interface DatasetFile {
  readonly path: string
  /** Name without `.csv` and `.gz`. */
  readonly stem: string
  /** Size as stored, bytes. */
  readonly size: number
}

export interface KuairandFiles {
  /** Standard logs in the order of their first rows' times. */
  readonly logs: readonly DatasetFile[]
  readonly users: DatasetFile
  /** Several for the larger sizes. */
  readonly videos: readonly DatasetFile[]
}

const WHERE_TO_GET_IT =
  'KuaiRand-Pure.tar.gz (md5 0820331067a3784d9691136f772b35a7) is at https://zenodo.org/records/10439422, KuaiRand-1K and -27K beside it'

/** Finds the files in `folder` or in its `data` folder, where the published archive has them. */
export async function findKuairandFiles(folder: string): Promise<KuairandFiles> {
  const top = await listCsvFiles(folder)
  const inside = top.size > 0 ? new Map<string, string>() : await listCsvFiles(join(folder, 'data'))
  const paths = top.size > 0 ? top : inside
  const matching = (prefix: string): [string, string][] =>
    [...paths].filter(([stem]) => stem.startsWith(prefix)).sort(([left], [right]) => (left < right ? -1 : 1))

  const require = async (prefix: string): Promise<DatasetFile[]> => {
    const found = matching(prefix)
    if (found.length === 0) {
      const state = `it holds no ${prefix}*.csv or .csv.gz; ${WHERE_TO_GET_IT}`
      throw new LifecycleError('unreadable-file', `Cannot read KuaiRand from ${folder}: ${state}`)
    }
    return Promise.all(found.map(([stem, path]) => describeFile(stem, path)))
  }
  const logs = await require('log_standard_')
  const [users] = await require('user_features_')
  const videos = await require('video_features_basic_')
  return { logs: await sortByFirstTime(logs), users, videos }
}

/** Path by stem. Where a file lies there packed and unpacked, the unpacked one counts. */
async function listCsvFiles(folder: string): Promise<Map<string, string>> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    const reason = error instanceof Error ? error.message : String(error)
    throw new LifecycleError('unreadable-file', `Cannot read KuaiRand from ${folder}: ${reason}`, { cause: error })
  }
  const paths = new Map<string, string>()
  for (const name of names.sort().reverse()) {
    const [, stem] = /^(.+)\.csv(?:\.gz)?$/.exec(name) ?? []
    if (stem !== undefined) paths.set(stem, join(folder, name))
  }
  return paths
}

async function describeFile(stem: string, path: string): Promise<DatasetFile> {
  const { size } = await stat(path)
  if (size === 0) {
    throw new LifecycleError('unreadable-file', `Cannot read ${path}: the file is empty; ${WHERE_TO_GET_IT}`)
  }
  return { path, stem, size }
}

/** Names do not sort by time once a month has two digits. */
async function sortByFirstTime(files: readonly DatasetFile[]): Promise<DatasetFile[]> {
  if (files.length === 1) return [...files]
  const timed = await Promise.all(files.map(async (file) => ({ file, timeMs: await firstTime(file.path) })))
  return timed.sort((left, right) => left.timeMs - right.timeMs).map(({ file }) => file)
}

async function firstTime(path: string): Promise<number> {
  let column = -1
  for await (const { lines } of readLines(path)) {
    for (const { bytes } of lines) {
      const fields = bytes.toString('latin1').split(',')
      const timeMs = column < 0 ? Number.NaN : Number(fields[column])
      if (Number.isFinite(timeMs)) return timeMs
      if (column < 0) column = fields.indexOf('time_ms')
    }
  }
  return Number.MAX_VALUE
}
