import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import { avroType } from '../avro-types.ts'
import { newestSchema, type SchemaName } from '../local-schema-table.ts'
import type { SchemaFile } from '../schema-files.ts'
import { oneLine } from './one-line.ts'
import type { RegistryClient } from './registry-client.ts'

export interface OwnSchemaChoice {
  /** Subject of each schema: `<topic>-value`. */
  readonly subjects: Readonly<Record<SchemaName, string>>
  /** Schemas that this process writes, and that must be registered. */
  readonly writes: ReadonlySet<SchemaName>
  readonly register: boolean
}

/** A schema file and the id it has in the registry; null for one that is only read, and not registered. */
export interface OwnSchema {
  readonly file: SchemaFile
  readonly id: number | null
}

/**
 * The registry's ids of this program's schemas, older versions included. Throws LifecycleError `schema-not-registered`,
 * `schema-incompatible`, and what the client throws.
 */
export async function findOwnSchemas(
  client: RegistryClient,
  files: readonly SchemaFile[],
  choice: OwnSchemaChoice,
): Promise<readonly OwnSchema[]> {
  return Promise.all(
    files.map(async (file): Promise<OwnSchema> => {
      const id = await client.find(choice.subjects[file.name], file.schema)
      const isWritten = file.id === newestSchema(file.name).id
      return { file, id: id ?? (isWritten ? await settle(client, file, choice) : null) }
    }),
  )
}

/** For a schema that its subject does not have. */
async function settle(client: RegistryClient, file: SchemaFile, choice: OwnSchemaChoice): Promise<number | null> {
  const subject = choice.subjects[file.name]
  if (!choice.writes.has(file.name)) {
    await requireReadable(client, file, subject)
    return null
  }
  const compatibility = await client.checkCompatible(subject, file.schema)
  if (!compatibility.isCompatible) {
    const message = `Cannot use subject ${subject}: ${file.file} may not follow its latest schema: ${compatibility.reason}`
    throw new LifecycleError('schema-incompatible', message)
  }
  if (choice.register) return client.register(subject, file.schema)
  throw notRegistered(subject, file)
}

/** Producers may have a schema of their own, which this program must be able to read. */
async function requireReadable(client: RegistryClient, file: SchemaFile, subject: string): Promise<void> {
  const latest = await client.latest(subject)
  if (latest === null) return
  try {
    const writer = avroType(JSON.parse(latest.schema.text))
    file.type.createResolver(writer, { ignoreNamespaces: true })
  } catch (error) {
    const reason = oneLine(error instanceof Error ? error.message : String(error))
    const message = `Cannot use subject ${subject}: ${file.file} cannot read its latest schema, id ${latest.id}: ${reason}`
    throw new LifecycleError('schema-incompatible', message, { cause: error })
  }
}

export function notRegistered(subject: string, { file }: SchemaFile): LifecycleError {
  const wayOut = `register schemas/${file} there, or set schemaRegistry.register to true`
  return new LifecycleError(
    'schema-not-registered',
    `Cannot write ${subject}: the registry lacks its schema; ${wayOut}`,
  )
}
