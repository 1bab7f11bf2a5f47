import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Schema } from 'avsc'
import avro from 'avsc'
import { onTestFinished } from 'vitest'

export interface RegistryRequest {
  readonly method: string
  /** With the query, as it came. */
  readonly path: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
}

/** What is said in place of the answer: a status with a body, or nothing, or a broken connection. */
export type Fault = { readonly status: number; readonly body?: string } | 'hang' | 'break'

interface Registered {
  readonly id: number
  readonly type: string
  readonly text: string
  readonly references?: readonly unknown[]
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

const NO_SUBJECT = fault(404, 40401, 'Subject not found.')
const NO_VERSION = fault(404, 40402, 'Version not found.')
const NO_SCHEMA = fault(404, 40403, 'Schema not found')

/**
 * A schema registry on a loopback port, with the calls of the Confluent API that the program makes, backward
 * compatibility by Avro's rules, and faults on demand. It goes away when the running test ends.
 */
export class RegistryServer {
  readonly requests: RegistryRequest[] = []
  /** Most requests that were open at one moment. */
  mostAtATime = 0
  readonly #schemas = new Map<number, Registered>()
  readonly #subjects = new Map<string, Registered[]>()
  readonly #faults: Fault[] = []
  readonly #server: Server
  readonly #protocol: string
  #standing: Fault | null = null
  #nextId = 100_001
  #open = 0

  private constructor(tls: { key: Buffer; cert: Buffer } | null) {
    this.#protocol = tls ? 'https' : 'http'
    const serve = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response)
    this.#server = tls ? createTlsServer(tls, serve) : createServer(serve)
  }

  static async start(tls: { key: Buffer; cert: Buffer } | null = null): Promise<RegistryServer> {
    const registry = new RegistryServer(tls)
    registry.#server.listen(0, '127.0.0.1')
    await once(registry.#server, 'listening')
    onTestFinished(() => registry.stop())
    return registry
  }

  get url(): string {
    return `${this.#protocol}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  /** Answers the next requests with these faults, one each. */
  failNext(...faults: readonly Fault[]): void {
    this.#faults.push(...faults)
  }

  /** Answers every request with the fault until `recover`. */
  fail(standing: Fault): void {
    this.#standing = standing
  }

  recover(): void {
    this.#standing = null
  }

  /** Puts a schema into a subject as another program would, whatever its compatibility, and returns its id. */
  put(subject: string, schema: Schema | string, more: Partial<Registered> = {}): number {
    const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
    const versions = this.#subjects.get(subject) ?? []
    const registered = { id: this.#idOf(text), type: 'AVRO', text, ...more }
    this.#schemas.set(registered.id, registered)
    this.#subjects.set(subject, [...versions, registered])
    return registered.id
  }

  subject(name: string): readonly Registered[] {
    return this.#subjects.get(name) ?? []
  }

  /** Requests of a method and path, without its query. */
  count(method: string, path: string): number {
    return this.requests.filter((request) => request.method === method && request.path.split('?')[0] === path).length
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    this.requests.push({
      method,
      path: url,
      authorization: headers.authorization,
      contentType: headers['content-type'],
    })
    this.mostAtATime = Math.max(this.mostAtATime, ++this.#open)
    response.on('close', () => this.#open--)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const failure = this.#faults.shift() ?? this.#standing
    if (failure === 'hang') return
    if (failure === 'break') {
      request.socket.destroy()
      return
    }
    if (failure) {
      response.writeHead(failure.status).end(failure.body ?? '')
      return
    }
    const { status, body } = this.#answer(method, url.split('?')[0], Buffer.concat(chunks).toString())
    const type = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
    response.writeHead(status, type).end(JSON.stringify(body))
  }

  #answer(method: string, path: string, text: string): Answer {
    const parts = path.slice(1).split('/').map(decodeURIComponent)
    const route = `${method} ${parts.map((part, i) => (isName(parts, i) ? '*' : part)).join('/')}`
    switch (route) {
      case 'GET schemas/ids/*':
        return this.#byId(Number(parts[2]))
      case 'GET subjects/*/versions/latest':
        return this.#latest(parts[1])
      case 'POST subjects/*':
        return this.#find(parts[1], schemaIn(text))
      case 'POST subjects/*/versions':
        return this.#register(parts[1], schemaIn(text))
      case 'POST compatibility/subjects/*/versions/latest':
        return this.#compare(parts[2], schemaIn(text))
      default:
        return fault(404, 404, 'HTTP 404 Not Found')
    }
  }

  #byId(id: number): Answer {
    const found = this.#schemas.get(id)
    if (!found) return NO_SCHEMA
    const { type, text, references } = found
    // The usual type is left out, as the real one does.
    return ok({ ...(type !== 'AVRO' && { schemaType: type }), schema: text, ...(references && { references }) })
  }

  #latest(subject: string): Answer {
    const versions = this.#subjects.get(subject)
    if (!versions) return NO_SUBJECT
    const { id, text } = versions.at(-1)!
    return ok({ subject, version: versions.length, id, schema: text })
  }

  #find(subject: string, text: string): Answer {
    const versions = this.#subjects.get(subject)
    if (!versions) return NO_SUBJECT
    const place = versions.findIndex((version) => version.text === text)
    return place < 0 ? NO_SCHEMA : ok({ subject, version: place + 1, id: versions[place].id, schema: text })
  }

  #register(subject: string, text: string): Answer {
    const versions = this.subject(subject)
    const known = versions.find((version) => version.text === text)
    if (known) return ok({ id: known.id })
    const problem = versions.length > 0 ? whyIncompatible(text, versions.at(-1)!.text) : null
    if (problem !== null) return fault(409, 409, `Schema being registered is incompatible: ${problem}`)
    return ok({ id: this.put(subject, text) })
  }

  #compare(subject: string, text: string): Answer {
    const versions = this.#subjects.get(subject)
    if (!versions) return NO_VERSION
    const problem = whyIncompatible(text, versions.at(-1)!.text)
    return ok(problem === null ? { is_compatible: true } : { is_compatible: false, messages: [problem] })
  }

  /** One id for one text, in whatever subjects it is. */
  #idOf(text: string): number {
    for (const { id, text: known } of this.#schemas.values()) if (known === text) return id
    return this.#nextId++
  }
}

function isName(parts: readonly string[], place: number): boolean {
  return (parts[0] === 'schemas' && place === 2) || parts[place - 1] === 'subjects'
}

function schemaIn(text: string): string {
  return (JSON.parse(text) as { schema: string }).schema
}

function whyIncompatible(readerText: string, writerText: string): string | null {
  try {
    const type = (text: string): avro.Type => avro.Type.forSchema(JSON.parse(text) as Schema)
    type(readerText).createResolver(type(writerText))
    return null
  } catch (error) {
    return (error as Error).message
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body }
}

function fault(status: number, code: number, message: string): Answer {
  return { status, body: { error_code: code, message } }
}
