import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { BrokerVersions } from './broker-versions.ts'

const API_VERSIONS_KEY = 18
const CORRELATION_ID = 1
/** Length, correlation id, error code, number of entries: then entries of key, oldest and newest version. */
const HEADER_BYTES = 14
const ENTRY_BYTES = 6
/** The answer has a few hundred bytes; a server of another kind may send anything. */
const MAX_ANSWER_BYTES = 1 << 20

export interface BrokerVersionsQuestion {
  /** `host:port`. */
  readonly broker: string
  readonly tls: ConnectionOptions | null
  readonly clientId: string
  readonly timeoutMs: number
}

/** A broker that took the connection and then said nothing that this client understands. */
export class NoKafkaAnswer extends Error {
  override readonly name = 'NoKafkaAnswer'
}

/**
 * Asks a broker which request versions it takes, in version 0 of that request, which every broker understands and answers
 * before any login. kafkajs asks too, but keeps the answer to itself. Rejects with the socket's error, or NoKafkaAnswer.
 */
export function requestBrokerVersions(question: BrokerVersionsQuestion): Promise<BrokerVersions> {
  const { broker, tls, clientId, timeoutMs } = question
  const colon = broker.lastIndexOf(':')
  const [host, port] = [broker.slice(0, colon), Number(broker.slice(colon + 1))]
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0)
    const ask = (): void => void socket.write(encodeQuestion(clientId))
    const servername = isIP(host) ? {} : { servername: host }
    const socket: Socket = tls
      ? connectTls({ host, port, ...servername, ...tls }, ask)
      : connectPlain({ host, port }, ask)
    const fail = (error: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(timedOut(socket, timeoutMs)), timeoutMs)
    socket.on('error', fail)
    socket.on('close', () => fail(new NoKafkaAnswer('it closed the connection')))
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk])
      try {
        const versions = decodeAnswer(answer)
        if (versions === null) return
        resolve(versions)
        clearTimeout(timer)
        socket.destroy()
      } catch (error) {
        fail(error as Error)
      }
    })
  })
}

function timedOut(socket: Socket, timeoutMs: number): Error {
  if (socket.connecting) return new Error(`no connection within ${timeoutMs} ms`)
  return new NoKafkaAnswer(`it did not answer within ${timeoutMs} ms`)
}

function encodeQuestion(clientId: string): Buffer {
  const name = Buffer.from(clientId)
  const bytes = Buffer.alloc(HEADER_BYTES + name.length)
  bytes.writeInt32BE(bytes.length - 4, 0)
  bytes.writeInt16BE(API_VERSIONS_KEY, 4)
  bytes.writeInt32BE(CORRELATION_ID, 8)
  bytes.writeInt16BE(name.length, 12)
  name.copy(bytes, HEADER_BYTES)
  return bytes
}

/** Null while the answer is not complete. */
function decodeAnswer(answer: Buffer): BrokerVersions | null {
  if (answer.length < HEADER_BYTES) return null
  const byteCount = answer.readInt32BE(0) + 4
  const entryCount = answer.readInt32BE(10)
  const isOurs = answer.readInt32BE(4) === CORRELATION_ID && answer.readInt16BE(8) === 0
  if (!isOurs || byteCount > MAX_ANSWER_BYTES || entryCount * ENTRY_BYTES > byteCount - HEADER_BYTES) {
    throw new NoKafkaAnswer('its answer is not that of a Kafka broker')
  }
  if (answer.length < byteCount) return null
  const entries = Array.from({ length: entryCount }, (_, index) => HEADER_BYTES + index * ENTRY_BYTES)
  return new Map(
    entries.map((at) => [
      answer.readInt16BE(at),
      { oldest: answer.readInt16BE(at + 2), newest: answer.readInt16BE(at + 4) },
    ]),
  )
}
