import { readdirSync, readFileSync } from 'node:fs'
import type { Schema } from 'avsc'
import avro from 'avsc'

export interface SchemaVersion {
  readonly name: string
  readonly version: number
  readonly schema: Schema
}

/** Every schemas/<name>.v<version>.avsc. */
export function readSchemaVersions(): SchemaVersion[] {
  const folder = new URL('../../schemas/', import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => {
      const [, name, version] = /^([a-z-]+)\.v(\d+)\.avsc$/.exec(file) ?? []
      if (name === undefined) throw new Error(`Cannot tell the version of schemas/${file}: it is not <name>.v<N>.avsc`)
      return { name, version: Number(version), schema: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) }
    })
}

/** Why later versions cannot read what earlier ones of the same name wrote; empty when all can. */
export function findIncompatibilities(versions: readonly SchemaVersion[]): string[] {
  const problems: string[] = []
  for (const reader of versions) {
    for (const writer of versions) {
      if (reader.name !== writer.name || writer.version > reader.version) continue
      const problem = whyUnreadable(reader.schema, writer.schema)
      if (problem !== null)
        problems.push(`${reader.name} v${reader.version} cannot read v${writer.version}: ${problem}`)
    }
  }
  return problems
}

/** By Avro's resolution rules, and by reading random records, since avsc finds some faults only then. */
function whyUnreadable(readerSchema: Schema, writerSchema: Schema): string | null {
  const reader = avro.Type.forSchema(readerSchema)
  const writer = avro.Type.forSchema(writerSchema)
  try {
    const resolver = reader.createResolver(writer)
    for (let trial = 0; trial < 50; trial++) reader.fromBuffer(writer.toBuffer(writer.random()), resolver)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
