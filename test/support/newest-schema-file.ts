import { readFileSync } from 'node:fs'
import type { Schema } from 'avsc'
import { newestSchema, type SchemaName } from '../../src/io/schemas/local-schema-table.ts'

/** The schema that is written under a name, as its file holds it. */
export function newestSchemaFile(name: SchemaName): Schema {
  const file = new URL(`../../schemas/${name}.v${newestSchema(name).version}.avsc`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as Schema
}
