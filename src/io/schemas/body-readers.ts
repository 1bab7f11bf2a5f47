import type { Type } from 'avsc'
import { readFrame } from './framing.ts'
import type { SchemaName } from './local-schema-table.ts'
import type { SchemaSource } from './schema-source.ts'

export type ReadBody = (body: Buffer) => ReturnType<Type['fromBuffer']>

/** What reads bodies of every writer's schema into the newest version of one schema. */
export class BodyReaders {
  readonly #name: SchemaName
  readonly #source: SchemaSource
  /** By writer's id: what reads its bodies, or why none can be read. Ids are immutable, so entries are for ever. */
  readonly #readers = new Map<number, ReadBody | string>()

  constructor(name: SchemaName, source: SchemaSource) {
    this.#name = name
    this.#source = source
  }

  /** Has the source ask for the ids of framed values that it does not know. */
  async prepare(values: Iterable<Uint8Array | null>): Promise<void> {
    const unknown = new Set<number>()
    for (const value of values) {
      const id = value && readFrame(value)
      if (id !== null && !this.#readers.has(id)) unknown.add(id)
    }
    if (unknown.size > 0) await this.#source.load(unknown)
  }

  /** Why not, as a part of a sentence, where bodies of the id cannot be read. Throws TypeError for an unprepared id. */
  find(id: number): ReadBody | string {
    return this.#readers.get(id) ?? this.#make(id)
  }

  #make(id: number): ReadBody | string {
    const writer = this.#source.lookUp(this.#name, id)
    // A rejection would make a dead letter of a good record.
    if (writer === null) throw new TypeError(`Cannot read schema id ${id}: the records were not prepared`)
    // Not kept: the source may come to know the id.
    if (writer.kind === 'none') return writer.reason
    const reader = this.#resolve(writer.type, id)
    this.#readers.set(id, reader)
    return reader
  }

  #resolve(writer: Type, id: number): ReadBody | string {
    const reader = this.#source.newest(this.#name)
    // Faster than a resolver; equal types have the same bytes.
    if (reader.equals(writer)) return (body) => reader.fromBuffer(body)
    try {
      // Other languages' producers have namespaces of their own; Avro compares the names without them.
      const resolver = reader.createResolver(writer, { ignoreNamespaces: true })
      return (body) => reader.fromBuffer(body, resolver)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return `schema id ${id} is no version of ${this.#name} that can be read: ${reason}`
    }
  }
}
