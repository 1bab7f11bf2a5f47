import { newestSchema, type SchemaName } from './local-schema-table.ts'
import { readSchemaFiles, type SchemaFile } from './schema-files.ts'
import type { SchemaSource } from './schema-source.ts'

/** The fixed table of this package, for a deployment without a registry. Throws LifecycleError `unreadable-file`. */
export function localSchemas(): SchemaSource {
  const files = readSchemaFiles()
  const byId = new Map<number, SchemaFile>(files.map((file) => [file.id, file]))
  const newest = new Map<SchemaName, SchemaFile>(files.map(({ name }) => [name, byId.get(newestSchema(name).id)!]))
  return {
    newest: (name) => newest.get(name)!.type,
    writtenId: (name) => newest.get(name)!.id,
    lookUp: (name, id) => {
      const file = byId.get(id)
      if (file?.name === name) return { kind: 'schema', type: file.type }
      return { kind: 'none', reason: `schema id ${id} is no version of ${name}` }
    },
    load: async () => {},
  }
}
