import { readFileSync } from 'node:fs'
import type { Schema, Type } from 'avsc'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { avroType } from './avro-types.ts'
import { LOCAL_SCHEMA_TABLE, type LocalSchema } from './local-schema-table.ts'

/** The package's schemas folder; from src/io/schemas and dist/io/schemas alike. */
const SCHEMAS_FOLDER = new URL('../../../schemas/', import.meta.url)

/** One schemas/<name>.v<version>.avsc with its row of the local table. */
export type SchemaFile = LocalSchema & {
  readonly file: string
  readonly schema: Schema
  readonly type: Type
}

/** Reads and compiles every schema of the local table; once per process is enough. Throws `unreadable-file`. */
export function readSchemaFiles(): readonly SchemaFile[] {
  return LOCAL_SCHEMA_TABLE.map((entry) => readSchemaFile(entry))
}

function readSchemaFile(entry: LocalSchema): SchemaFile {
  const file = `${entry.name}.v${entry.version}.avsc`
  try {
    const schema: Schema = JSON.parse(readFileSync(new URL(file, SCHEMAS_FOLDER), 'utf8'))
    return { ...entry, file, schema, type: avroType(schema) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LifecycleError('unreadable-file', `Cannot read the schema ${file}: ${reason}`, { cause: error })
  }
}
