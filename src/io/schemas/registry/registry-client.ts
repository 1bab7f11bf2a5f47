import type { Schema } from 'avsc'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { RegistryAnswer } from './judge-answer.ts'
import { oneLine } from './one-line.ts'
import { type RegistryCall, RegistryTransport, type TransportOptions } from './registry-transport.ts'

export interface RegisteredSchema {
  /** As it was registered: JSON where the type is AVRO. */
  readonly text: string
  readonly type: string
  /** Whether it uses schemas of other subjects. */
  readonly hasReferences: boolean
}

export type Compatibility = { readonly isCompatible: true } | { readonly isCompatible: false; readonly reason: string }

type Body = Readonly<Record<string, unknown>>

/**
 * The calls of the Confluent Schema Registry API that this program makes. All throw LifecycleError
 * `registry-unavailable`, which is retryable, and `registry-refused`.
 */
export class RegistryClient {
  readonly #transport: RegistryTransport

  constructor(options: TransportOptions) {
    this.#transport = new RegistryTransport(options)
  }

  /** Null when the registry has no schema with the id. */
  async schemaById(id: number): Promise<RegisteredSchema | null> {
    const call = { action: `fetch schema ${id}`, method: 'GET', path: `schemas/ids/${id}` } as const
    const body = foundOf(call, await this.#transport.ask(call))
    return body && schemaOf(call, body)
  }

  /** Id and text of a subject's latest version; null when it has none. */
  async latest(subject: string): Promise<{ readonly id: number; readonly schema: RegisteredSchema } | null> {
    const path = `subjects/${encodeURIComponent(subject)}/versions/latest`
    const call = { action: `read the latest schema of ${subject}`, method: 'GET', path } as const
    const body = foundOf(call, await this.#transport.ask(call))
    return body && { id: idOf(call, body), schema: schemaOf(call, body) }
  }

  /** Id of a schema in a subject; null when the subject does not have it. */
  async find(subject: string, schema: Schema): Promise<number | null> {
    const path = `subjects/${encodeURIComponent(subject)}`
    const call = { action: `look up a schema of ${subject}`, method: 'POST', path, body: bodyOf(schema) } as const
    const body = foundOf(call, await this.#transport.ask(call))
    return body && idOf(call, body)
  }

  /** Registers a schema and returns its id. Throws `schema-incompatible` when the subject's rule does not admit it. */
  async register(subject: string, schema: Schema): Promise<number> {
    const path = `subjects/${encodeURIComponent(subject)}/versions`
    const call = { action: `register a schema in ${subject}`, method: 'POST', path, body: bodyOf(schema) } as const
    const answer = await this.#transport.ask(call)
    if (answer.kind === 'conflict') {
      throw new LifecycleError('schema-incompatible', `Cannot ${call.action}: ${answer.message}`)
    }
    const body = foundOf(call, answer)
    if (body === null) throw unexpected(call, 'has no such subject')
    return idOf(call, body)
  }

  /** Whether a schema may follow the latest one of a subject; it may when there is none. */
  async checkCompatible(subject: string, schema: Schema): Promise<Compatibility> {
    const path = `compatibility/subjects/${encodeURIComponent(subject)}/versions/latest?verbose=true`
    const call = { action: `compare a schema with ${subject}`, method: 'POST', path, body: bodyOf(schema) } as const
    const body = foundOf(call, await this.#transport.ask(call))
    if (body === null || body.is_compatible === true) return { isCompatible: true }
    if (body.is_compatible !== false) throw unexpected(call, 'did not say whether it is compatible')
    const [first] = Array.isArray(body.messages) ? (body.messages as unknown[]) : []
    return { isCompatible: false, reason: typeof first === 'string' ? oneLine(first) : 'the registry does not say why' }
  }
}

function bodyOf(schema: Schema): unknown {
  return { schema: JSON.stringify(schema) }
}

function foundOf(call: RegistryCall, answer: RegistryAnswer): Body | null {
  if (answer.kind === 'conflict') throw unexpected(call, `answered 409 (${answer.message})`)
  return answer.kind === 'found' ? answer.body : null
}

function idOf(call: RegistryCall, { id }: Body): number {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff) return id
  throw unexpected(call, 'answered without an id')
}

function schemaOf(call: RegistryCall, { schema, schemaType, references }: Body): RegisteredSchema {
  if (typeof schema !== 'string') throw unexpected(call, 'answered without a schema')
  return {
    text: schema,
    // Registries leave the usual type out.
    type: typeof schemaType === 'string' ? schemaType : 'AVRO',
    hasReferences: Array.isArray(references) && references.length > 0,
  }
}

function unexpected({ action }: RegistryCall, what: string): LifecycleError {
  return new LifecycleError('registry-refused', `Cannot ${action}: the registry ${what}`)
}
