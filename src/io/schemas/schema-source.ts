import type { Type } from 'avsc'
import type { SchemaName } from './local-schema-table.ts'

/** What an id in a record stands for. */
export type WriterSchema =
  | { readonly kind: 'schema'; readonly type: Type }
  /** No record with this id can be read; the reason is a part of a sentence. */
  | { readonly kind: 'none'; readonly reason: string }

/**
 * Where the schema ids of stored records come from. Implementations: local-schemas, the fixed table of this package;
 * registry-schemas, a schema registry.
 */
export interface SchemaSource {
  /** The newest version of a schema: it is written, and all others are read into it. */
  newest(name: SchemaName): Type
  /** The id that stands in records written with it. Throws LifecycleError `schema-not-registered`. */
  writtenId(name: SchemaName): number
  /** Null for an id that `load` has yet to ask for. */
  lookUp(name: SchemaName, id: number): WriterSchema | null
  /**
   * Makes ids known, so that `lookUp` answers at once. Throws LifecycleError `registry-unavailable`, which is retryable,
   * and `registry-refused`; what was known stays known.
   */
  load(ids: Iterable<number>): Promise<void>
}
