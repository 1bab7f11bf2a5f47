import { LOCAL_SCHEMA_TABLE, type SchemaName } from '../io/schemas/local-schema-table.ts'
import { openRegistry } from '../io/schemas/registry/open-registry.ts'
import type { SchemaSource } from '../io/schemas/schema-source.ts'
import type { RegistryStates } from './states-origin.ts'

/** Schemas of user-states by the ids of a registry, of which nothing is asked but to be read. */
export function openUserStateRegistry(registry: RegistryStates, topic: string): Promise<SchemaSource> {
  const { url, username = '', passwordFile = '', tokenFile = '', caFile = '' } = registry
  const topics = Object.fromEntries(LOCAL_SCHEMA_TABLE.map(({ name }) => [name, name])) as Record<SchemaName, string>
  return openRegistry(
    { url, username, passwordFile, tokenFile, caFile, register: false },
    { topics: { ...topics, 'user-state': topic }, writes: [] },
  )
}
