import type { FeatureMap } from '../../core/contracts/interaction.ts'
import { readCsvRows } from './csv-rows.ts'
import type { CsvTable } from './csv-table.ts'
import { readCsvTable } from './csv-table.ts'

/**
 * Left out of the features of a user: the platform's own stages, against which ours are checked from outside.
 * Numbers with a `_range` twin are left out as well; the twin is the feature.
 */
const NOT_FEATURES: ReadonlySet<string> = new Set(['user_id', 'user_active_degree', 'is_lowactive_period'])

/** Feature and the column it comes from; `tag` and `duration` are derived. */
const VIDEO_FEATURES = [
  ['author', 'author_id'],
  ['video_type', 'video_type'],
  ['upload_type', 'upload_type'],
  ['music_type', 'music_type'],
] as const

/** Features by user id. One frozen object per user, shared by all rows. An empty field is an unknown feature. */
export async function readUserFeatures(path: string): Promise<ReadonlyMap<string, FeatureMap>> {
  const table = await readCsvTable(path, ['user_id'])
  const names = table.columns.filter((name) => !NOT_FEATURES.has(name) && !table.columns.includes(`${name}_range`))
  const features = names.map((name) => ({ name, column: table.columns.indexOf(name) }))
  return byId(table, 'user_id', (row) => pick(row, features))
}

/**
 * Features by video id: author, types, the first tag, and the duration as a log2 bucket. Read row by row, since
 * KuaiRand-27K has 32 million videos; of `wanted` ids alone where they are given. Throws `unreadable-file`.
 */
export async function readVideoFeatures(
  paths: readonly string[],
  wanted: ReadonlySet<string> | null = null,
): Promise<ReadonlyMap<string, FeatureMap>> {
  const required = ['video_id', ...VIDEO_FEATURES.map(([, column]) => column), 'video_duration', 'tag']
  const features = new Map<string, FeatureMap>()
  for (const path of paths) {
    for await (const { rows } of readCsvRows(path, required)) {
      for (const row of rows) {
        if (row === null || (wanted && !wanted.has(row.get('video_id')))) continue
        const known: Record<string, string> = {}
        for (const [name, column] of VIDEO_FEATURES) if (row.get(column) !== '') known[name] = row.get(column)
        const tag = row.get('tag').split(',')[0].trim()
        if (tag !== '') known.tag = tag
        const duration = durationBucket(row.get('video_duration'))
        if (duration !== '') known.duration = duration
        features.set(row.get('video_id'), Object.freeze(known))
      }
    }
  }
  return features
}

function byId(
  table: CsvTable,
  idColumn: string,
  featuresOf: (row: readonly string[]) => FeatureMap,
): ReadonlyMap<string, FeatureMap> {
  const id = table.columns.indexOf(idColumn)
  const byId = new Map<string, FeatureMap>()
  for (const row of table.rows) byId.set(row[id], Object.freeze(featuresOf(row)))
  return byId
}

function pick(row: readonly string[], features: readonly { name: string; column: number }[]): FeatureMap {
  const picked: Record<string, string> = {}
  for (const { name, column } of features) {
    if (row[column] !== '') picked[name] = row[column]
  }
  return picked
}

/** Bucket b holds 2^b - 1 up to, not including, 2^(b + 1) - 1 seconds; empty when the duration is unknown. */
function durationBucket(durationMs: string): string {
  const seconds = Number(durationMs) / 1000
  return seconds > 0 ? `${Math.floor(Math.log2(1 + seconds))}` : ''
}
