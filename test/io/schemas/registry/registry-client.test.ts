import type { Schema } from 'avsc'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LifecycleError } from '../../../../src/core/contracts/lifecycle-error.ts'
import { RegistryClient } from '../../../../src/io/schemas/registry/registry-client.ts'
import { authorizationOf, readCertificateAuthority } from '../../../../src/io/schemas/registry/registry-credentials.ts'
import { registryUrls } from '../../../../src/io/schemas/registry/registry-settings.ts'
import type { TransportOptions } from '../../../../src/io/schemas/registry/registry-transport.ts'
import { type Fault, RegistryServer } from '../../../support/registry-server.ts'
import { QUICK_BACKOFF } from '../../../support/registry-topics.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const A = { name: 'a', type: 'string' } as const
const SCHEMA: Schema = { type: 'record', name: 'R', fields: [A] }
const LONGER: Schema = { type: 'record', name: 'R', fields: [A, { name: 'b', type: 'string' }] }
const SUBJECT = 'shop/interactions-value'

function clientOf(url: string, change: Partial<TransportOptions> = {}): RegistryClient {
  return new RegistryClient({
    urls: registryUrls(url)!,
    authorization: async () => null,
    certificateAuthority: null,
    timeoutMs: 2000,
    backoff: QUICK_BACKOFF,
    ...change,
  })
}

async function errorOf(work: Promise<unknown>): Promise<LifecycleError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error instanceof LifecycleError) return error
  throw new Error(`Cannot find a LifecycleError: ${String(error)}`)
}

describe('registry client', () => {
  test('registers, finds and fetches a schema, in a subject whose name has a slash', async () => {
    const server = await RegistryServer.start()
    const client = clientOf(server.url)
    expect(await client.find(SUBJECT, SCHEMA)).toBeNull()
    expect(await client.latest(SUBJECT)).toBeNull()
    expect(await client.checkCompatible(SUBJECT, SCHEMA)).toEqual({ isCompatible: true })
    const id = await client.register(SUBJECT, SCHEMA)
    expect(await client.find(SUBJECT, SCHEMA)).toBe(id)
    expect(await client.find(SUBJECT, LONGER)).toBeNull()
    const schema = { text: JSON.stringify(SCHEMA), type: 'AVRO', hasReferences: false }
    expect(await client.schemaById(id)).toEqual(schema)
    expect(await client.latest(SUBJECT)).toEqual({ id, schema })
    expect(await client.schemaById(id + 1)).toBeNull()
    expect(server.subject(SUBJECT)).toHaveLength(1)
    expect(server.requests.find(({ method }) => method === 'POST')?.contentType).toBe(
      'application/vnd.schemaregistry.v1+json',
    )
  })

  test('tells why a schema may not follow the latest one', async () => {
    const server = await RegistryServer.start()
    const client = clientOf(server.url)
    server.put(SUBJECT, SCHEMA)
    expect(await client.checkCompatible(SUBJECT, LONGER)).toEqual({
      isCompatible: false,
      reason: expect.stringContaining('no matching field'),
    })
    const error = await errorOf(client.register(SUBJECT, LONGER))
    expect(error).toMatchObject({ code: 'schema-incompatible', retryable: false })
    expect(error.message).toMatch(/^Cannot register a schema in shop\/interactions-value: .*no matching field/)
    expect(server.subject(SUBJECT)).toHaveLength(1)
  })

  test('takes the prefix of an address along', async () => {
    const server = await RegistryServer.start()
    await errorOf(clientOf(`${server.url}/registry/v1/`).schemaById(1))
    expect(server.requests[0].path).toBe('/registry/v1/schemas/ids/1')
  })
})

describe('a registry that does not answer', () => {
  const passing: Fault[] = [
    { status: 500, body: '{"error_code":50001,"message":"Error in the backend data store"}' },
    { status: 503 },
    { status: 429, body: '{"message":"slow down"}' },
    'hang',
    'break',
    { status: 404, body: 'default backend - 404' },
    { status: 200, body: '<html>log in</html>' },
  ]

  test.each(passing)('with %j at first is asked again', async (fault) => {
    const server = await RegistryServer.start()
    const id = server.put(SUBJECT, SCHEMA)
    server.failNext(fault, fault)
    expect(await clientOf(server.url, { timeoutMs: 200 }).schemaById(id)).toMatchObject({ type: 'AVRO' })
    expect(server.count('GET', `/schemas/ids/${id}`)).toBe(3)
  })

  test.each(passing)('with %j to the end is told as a failure that may pass', async (fault) => {
    const server = await RegistryServer.start()
    server.fail(fault)
    const error = await errorOf(clientOf(server.url, { timeoutMs: 200 }).schemaById(7))
    expect(error).toMatchObject({ code: 'registry-unavailable', retryable: true })
    expect(error.message).toMatch(/^Cannot fetch schema 7: http:\/\/127\.0\.0\.1:\d+.* at the last of 3 attempts$/)
    expect(server.requests).toHaveLength(3)
  })

  test('because nobody listens is told as a failure that may pass', async () => {
    const server = await RegistryServer.start()
    const { url } = server
    await server.stop()
    const error = await errorOf(clientOf(url).find(SUBJECT, SCHEMA))
    expect(error).toMatchObject({ code: 'registry-unavailable', retryable: true })
    expect(error.message).toContain('ECONNREFUSED')
  })

  test('is left for the next address, and the one that answered comes first from then on', async () => {
    const [down, up] = [await RegistryServer.start(), await RegistryServer.start()]
    const id = up.put(SUBJECT, SCHEMA)
    down.fail({ status: 503 })
    const client = clientOf(`${down.url}, ${up.url}`)
    expect(await client.schemaById(id)).not.toBeNull()
    expect(await client.schemaById(id)).not.toBeNull()
    expect([down.requests.length, up.requests.length]).toEqual([1, 2])
    // And back, when that one fails.
    down.recover()
    down.put(SUBJECT, SCHEMA)
    await up.stop()
    expect(await client.schemaById(id)).not.toBeNull()
  })
})

describe('a registry that refuses', () => {
  test.each([401, 403, 400, 422])('with %d is not asked again', async (status) => {
    const server = await RegistryServer.start()
    server.fail({ status, body: '{"error_code":1,"message":"no\\nentry"}' })
    const error = await errorOf(clientOf(server.url).schemaById(7))
    expect(error).toMatchObject({ code: 'registry-refused', retryable: false })
    expect(error.message).toContain(`${server.url} answered ${status} (no entry)`)
    expect(server.requests).toHaveLength(1)
  })

  test('names the settings to look at when it is about credentials', async () => {
    const server = await RegistryServer.start()
    server.fail({ status: 401 })
    expect((await errorOf(clientOf(server.url).schemaById(7))).message).toBe(
      `Cannot fetch schema 7: ${server.url} answered 401; see username, passwordFile and tokenFile of schemaRegistry`,
    )
  })

  test('by an answer without what was asked for', async () => {
    const server = await RegistryServer.start()
    for (const body of ['{}', '{"schema":5}', '{"id":"7"}', '{"id":4294967296}']) {
      server.failNext({ status: 200, body }, { status: 200, body })
      expect(await errorOf(clientOf(server.url).schemaById(7))).toMatchObject({ code: 'registry-refused' })
      expect(await errorOf(clientOf(server.url).find(SUBJECT, SCHEMA))).toMatchObject({ code: 'registry-refused' })
    }
  })
})

describe('credentials', () => {
  const NONE = { username: '', passwordFile: '', tokenFile: '' }

  test('are a user with the password of a file, or the token of a file, which is read anew', async () => {
    const file = join(await temporaryFolder(), 'secret')
    await writeFile(file, 'pa:ss wörd\n')
    const server = await RegistryServer.start()
    const ask = async (settings: typeof NONE): Promise<string | undefined> => {
      await clientOf(server.url, { authorization: () => authorizationOf(settings) }).schemaById(7)
      return server.requests.at(-1)?.authorization
    }
    expect(await ask(NONE)).toBeUndefined()
    const basic = Buffer.from('ann:pa:ss wörd').toString('base64')
    expect(await ask({ ...NONE, username: 'ann', passwordFile: file })).toBe(`Basic ${basic}`)
    const token = { ...NONE, tokenFile: file }
    await writeFile(file, 'one')
    expect(await ask(token)).toBe('Bearer one')
    await writeFile(file, 'two')
    expect(await ask(token)).toBe('Bearer two')
  })

  test('of a file that is not there are told by its name', async () => {
    const file = join(await temporaryFolder(), 'none')
    expect(await errorOf(authorizationOf({ ...NONE, tokenFile: file }))).toMatchObject({ code: 'unreadable-file' })
    expect((await errorOf(readCertificateAuthority(file))).message).toContain(file)
    expect(await readCertificateAuthority('')).toBeNull()
  })
})

describe('TLS', () => {
  test('trusts the certificate authority of a file, and otherwise says where to name it', async () => {
    const folder = await temporaryFolder()
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=registry']
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile]
    execFileSync('openssl', [...request, ...names], { stdio: 'ignore' })
    const server = await RegistryServer.start({ key: readFileSync(keyFile), cert: readFileSync(certFile) })
    const id = server.put(SUBJECT, SCHEMA)
    const certificateAuthority = await readCertificateAuthority(certFile)
    expect(await clientOf(server.url, { certificateAuthority }).schemaById(id)).toMatchObject({ type: 'AVRO' })
    const error = await errorOf(clientOf(server.url).schemaById(id))
    expect(error).toMatchObject({ code: 'registry-refused', retryable: false })
    // Node 24 puts a hint of its own in between.
    expect(error.message).toMatch(/self-signed certificate;.* see caFile of schemaRegistry$/)
  })
})
