/**
 * Schema ids that hold without a registry. Written into stored records, so: an entry is never changed, renumbered or
 * removed; a new version of a schema gets the next free id. Each is the file schemas/<name>.v<version>.avsc.
 */
export const LOCAL_SCHEMA_TABLE = [
  { id: 1, name: 'interaction', version: 1 },
  { id: 2, name: 'user-state', version: 1 },
  { id: 3, name: 'stage-transition', version: 1 },
  { id: 4, name: 'lifecycle-alert', version: 1 },
  { id: 5, name: 'training-example', version: 1 },
  { id: 6, name: 'prediction', version: 1 },
  { id: 7, name: 'model-bundle', version: 1 },
  { id: 8, name: 'user-state', version: 2 },
  { id: 9, name: 'lifecycle-alert', version: 2 },
] as const

export type LocalSchema = (typeof LOCAL_SCHEMA_TABLE)[number]
export type SchemaName = LocalSchema['name']

export const SCHEMA_NAMES: readonly SchemaName[] = [...new Set(LOCAL_SCHEMA_TABLE.map(({ name }) => name))]

/** The version that is written, and into which older ones are read. */
export function newestSchema(name: SchemaName): LocalSchema {
  const versions = LOCAL_SCHEMA_TABLE.filter((entry) => entry.name === name)
  return versions.reduce((newest, entry) => (entry.version > newest.version ? entry : newest))
}
