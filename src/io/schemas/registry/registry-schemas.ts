import { avroType } from '../avro-types.ts'
import { newestSchema, type SchemaName } from '../local-schema-table.ts'
import type { SchemaFile } from '../schema-files.ts'
import type { SchemaSource, WriterSchema } from '../schema-source.ts'
import { oneLine } from './one-line.ts'
import { notRegistered, type OwnSchema } from './own-schemas.ts'
import type { RegistryClient } from './registry-client.ts'

/** A new schema may reach a registry's followers after its first records: an absent id is asked for again. */
const ASK_AGAIN_MS = 60_000
/** Of one `load`, so that a slice of strange ids is no burst. */
const REQUESTS_AT_A_TIME = 8
/** Absent ids that are remembered. More than a slice has, so that those of the latest slice are. */
const KEPT_ABSENT = 200_000

interface Absent {
  readonly schema: WriterSchema
  readonly askedMs: number
}

/**
 * Schemas of a registry, cached by id: ids are immutable, so each is fetched once in the life of the process, and never
 * twice at the same time.
 */
export class RegistrySchemas implements SchemaSource {
  readonly #client: RegistryClient
  readonly #subjects: Readonly<Record<SchemaName, string>>
  readonly #newest = new Map<SchemaName, OwnSchema>()
  readonly #known = new Map<number, WriterSchema>()
  readonly #absent = new Map<number, Absent>()
  readonly #loading = new Map<number, Promise<void>>()
  readonly #askAgainMs: number

  constructor(
    client: RegistryClient,
    own: readonly OwnSchema[],
    subjects: Readonly<Record<SchemaName, string>>,
    askAgainMs = ASK_AGAIN_MS,
  ) {
    this.#client = client
    this.#subjects = subjects
    this.#askAgainMs = askAgainMs
    for (const schema of own) {
      const { file, id } = schema
      if (id !== null) this.#known.set(id, { kind: 'schema', type: file.type })
      if (file.id === newestSchema(file.name).id) this.#newest.set(file.name, schema)
    }
  }

  newest(name: SchemaName): SchemaFile['type'] {
    return this.#newest.get(name)!.file.type
  }

  writtenId(name: SchemaName): number {
    const { file, id } = this.#newest.get(name)!
    if (id === null) throw notRegistered(this.#subjects[name], file)
    return id
  }

  lookUp(_name: SchemaName, id: number): WriterSchema | null {
    return this.#known.get(id) ?? this.#absent.get(id)?.schema ?? null
  }

  async load(ids: Iterable<number>): Promise<void> {
    this.#forgetAbsent()
    const unknown = [...ids].filter((id) => this.#isUnknown(id))
    const queue = unknown.values()
    const work = async (): Promise<void> => {
      for (const id of queue) await this.#loadOne(id)
    }
    await Promise.all(Array.from({ length: Math.min(REQUESTS_AT_A_TIME, unknown.length) }, work))
  }

  #isUnknown(id: number): boolean {
    const absent = this.#absent.get(id)
    return !this.#known.has(id) && (!absent || performance.now() - absent.askedMs >= this.#askAgainMs)
  }

  async #loadOne(id: number): Promise<void> {
    if (!this.#isUnknown(id)) return
    let loading = this.#loading.get(id)
    if (loading === undefined) {
      loading = this.#fetch(id).finally(() => this.#loading.delete(id))
      this.#loading.set(id, loading)
    }
    await loading
  }

  async #fetch(id: number): Promise<void> {
    const schema = await this.#client.schemaById(id)
    if (schema === null) {
      const absent: WriterSchema = { kind: 'none', reason: `the registry has no schema with id ${id}` }
      // The newest come last, so that the oldest are forgotten first.
      this.#absent.delete(id)
      this.#absent.set(id, { schema: absent, askedMs: performance.now() })
    } else if (schema.type !== 'AVRO') {
      this.#known.set(id, { kind: 'none', reason: `schema id ${id} is of type ${oneLine(schema.type)}, not AVRO` })
    } else if (schema.hasReferences) {
      const reason = `schema id ${id} refers to schemas of other subjects, which are not read`
      this.#known.set(id, { kind: 'none', reason })
    } else {
      this.#known.set(id, compile(id, schema.text))
    }
  }

  #forgetAbsent(): void {
    for (const id of this.#absent.keys()) {
      if (this.#absent.size <= KEPT_ABSENT) return
      this.#absent.delete(id)
    }
  }
}

function compile(id: number, text: string): WriterSchema {
  try {
    return { kind: 'schema', type: avroType(JSON.parse(text)) }
  } catch (error) {
    const reason = oneLine(error instanceof Error ? error.message : String(error))
    return { kind: 'none', reason: `schema id ${id} is no Avro schema: ${reason}` }
  }
}
