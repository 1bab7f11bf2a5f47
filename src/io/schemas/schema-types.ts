import { readFileSync } from 'node:fs'
import type { Schema, Type } from 'avsc'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { avroType } from './avro-types.ts'
import { LOCAL_SCHEMA_TABLE } from './local-schema-table.ts'

/** The package's schemas folder; from src/io/schemas and dist/io/schemas alike. */
const SCHEMAS_FOLDER = new URL('../../../schemas/', import.meta.url)

/** The compiled schemas of the local table. */
export interface SchemaTypes {
  typeOf(id: number): Type
  /** By writer's schema id, what reads its bodies into the given schema: all versions of the same name. */
  readersInto(id: number): ReadonlyMap<number, (body: Buffer) => ReturnType<Type['fromBuffer']>>
}

/** Reads and compiles every schema of the local table; once per process is enough. Throws `unreadable-file`. */
export function readSchemaTypes(): SchemaTypes {
  const types = new Map<number, Type>()
  for (const { id, name, version } of LOCAL_SCHEMA_TABLE) types.set(id, readType(`${name}.v${version}.avsc`))

  const typeOf = (id: number): Type => {
    const type = types.get(id)
    if (type === undefined) throw new RangeError(`Cannot find schema ${id}: the local table does not hold it`)
    return type
  }

  return {
    typeOf,
    readersInto: (id) => {
      const reader = typeOf(id)
      const name = LOCAL_SCHEMA_TABLE.find((entry) => entry.id === id)!.name
      const versions = LOCAL_SCHEMA_TABLE.filter((entry) => entry.name === name)
      return new Map(versions.map((entry) => [entry.id, readerOf(reader, typeOf(entry.id))]))
    },
  }
}

/** Without a resolver where writer and reader are one, which is faster. */
function readerOf(reader: Type, writer: Type): (body: Buffer) => ReturnType<Type['fromBuffer']> {
  if (reader === writer) return (body) => reader.fromBuffer(body)
  const resolver = reader.createResolver(writer)
  return (body) => reader.fromBuffer(body, resolver)
}

function readType(file: string): Type {
  const url = new URL(file, SCHEMAS_FOLDER)
  try {
    const schema: Schema = JSON.parse(readFileSync(url, 'utf8'))
    return avroType(schema)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LifecycleError('unreadable-file', `Cannot read the schema ${file}: ${reason}`, { cause: error })
  }
}
