import { SCHEMA_NAMES, type SchemaName } from '../local-schema-table.ts'
import { readSchemaFiles } from '../schema-files.ts'
import type { SchemaSource } from '../schema-source.ts'
import type { Backoff } from './backoff.ts'
import { findOwnSchemas } from './own-schemas.ts'
import { RegistryClient } from './registry-client.ts'
import { authorizationOf, readCertificateAuthority } from './registry-credentials.ts'
import { RegistrySchemas } from './registry-schemas.ts'
import { REGISTRY_URL_RULE, type RegistrySettings, registryUrls } from './registry-settings.ts'

export interface OpenRegistryOptions {
  /** Topic whose values have the schema. The subject is `<topic>-value` (TopicNameStrategy). */
  readonly topics: Readonly<Record<SchemaName, string>>
  /** Schemas that this process writes; the others need not be registered, but readable. Default: all. */
  readonly writes?: readonly SchemaName[]
  readonly timeoutMs?: number
  readonly backoff?: Backoff
  readonly askAgainMs?: number
}

/**
 * Schemas with the ids of a registry, found or registered before anything is written. Throws LifecycleError
 * `registry-unavailable` (retryable), `registry-refused`, `schema-not-registered`, `schema-incompatible`,
 * `unreadable-file`.
 */
export async function openRegistry(settings: RegistrySettings, options: OpenRegistryOptions): Promise<SchemaSource> {
  const { topics, writes = SCHEMA_NAMES, timeoutMs, backoff, askAgainMs } = options
  const urls = registryUrls(settings.url)
  if (urls === null) throw new RangeError(`Cannot use the registry ${settings.url}: ${REGISTRY_URL_RULE}`)
  const client = new RegistryClient({
    urls,
    authorization: () => authorizationOf(settings),
    certificateAuthority: await readCertificateAuthority(settings.caFile),
    timeoutMs,
    backoff,
  })
  const subjects = Object.fromEntries(
    Object.entries(topics).map(([name, topic]) => [name, `${topic}-value`]),
  ) as Record<SchemaName, string>
  const choice = { subjects, writes: new Set(writes), register: settings.register }
  return new RegistrySchemas(client, await findOwnSchemas(client, readSchemaFiles(), choice), subjects, askAgainMs)
}
