import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connectKafka } from '../../../../src/io/log/kafka/connect-kafka.ts'
import { freePorts } from '../../../support/kafka/free-ports.ts'
import type { KafkaSettings } from '../../../../src/io/log/kafka/kafka-settings.ts'
import { QUIET_LOGGER, testKafkaSettings } from '../../../support/kafka/kafka-settings.ts'

const connect = (bootstrapServers: readonly string[], change?: Partial<KafkaSettings>) =>
  connectKafka(testKafkaSettings({ bootstrapServers }, change), QUIET_LOGGER)

/** Address of a server that does `answer` with every connection. */
async function serve(answer: NonNullable<Parameters<typeof createServer>[1]>): Promise<string> {
  const server: Server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a broker that nobody listens for is unreachable, which may pass', async () => {
  const [port] = await freePorts(1)
  await expect(connect([`127.0.0.1:${port}`])).rejects.toMatchObject({
    code: 'broker-unreachable',
    retryable: true,
    message: `Cannot reach Kafka at 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    cause: { code: 'ECONNREFUSED' },
  })
})

test('a host name that does not exist is unreachable', async () => {
  await expect(connect(['no-such-host.invalid:9092'])).rejects.toMatchObject({
    code: 'broker-unreachable',
    message: expect.stringMatching(/^Cannot reach Kafka at no-such-host\.invalid:9092: getaddrinfo E\w+ /) as unknown,
  })
})

test('a server that does not answer, or not as Kafka does, is refused after the time-out', async () => {
  const silent = await serve(() => {})
  await expect(connect([silent], { connectionTimeoutMs: 50 })).rejects.toMatchObject({
    code: 'broker-refused',
    message: expect.stringContaining('it did not answer within 50 ms') as unknown,
  })
  const web = await serve((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'))
  await expect(connect([web])).rejects.toMatchObject({
    code: 'broker-refused',
    message: expect.stringContaining('its answer is not that of a Kafka broker') as unknown,
  })
})

test('a broker whose oldest version of a request is too new is refused by the name of the request', async () => {
  const broker = await serve((socket) => {
    socket.once('data', () => {
      // Produce from version 8 on, and nothing else.
      const answer = Buffer.alloc(20)
      answer.writeInt32BE(16, 0)
      answer.writeInt32BE(1, 4)
      answer.writeInt32BE(1, 10)
      answer.writeInt16BE(8, 16)
      answer.writeInt16BE(13, 18)
      // In two parts, as the network may deliver it.
      socket.write(answer.subarray(0, 9), () => socket.write(answer.subarray(9)))
    })
  })
  await expect(connect([broker])).rejects.toMatchObject({
    code: 'broker-version',
    message:
      `Cannot use Kafka at ${broker}: no common version of ` +
      'Produce (the client sends version 7, the broker takes 8 to 13) and of 18 more',
  })
})

test('files that are missing or are no certificates are named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const tls = { caFile: null, certFile: null, keyFile: null, rejectUnauthorized: true }
  await expect(connect(['x:1'], { tls: { ...tls, caFile: join(folder, 'missing.pem') } })).rejects.toMatchObject({
    code: 'unreadable-file',
    message: expect.stringContaining('missing.pem') as unknown,
  })
  const keyFile = join(folder, 'key.pem')
  await writeFile(keyFile, 'no key')
  await expect(connect(['x:1'], { tls: { ...tls, certFile: keyFile, keyFile } })).rejects.toMatchObject({
    code: 'unreadable-file',
    message: expect.stringMatching(/^Cannot use .*key\.pem for TLS: /) as unknown,
  })
})
