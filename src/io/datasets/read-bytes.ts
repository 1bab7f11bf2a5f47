import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'

export interface BytesChunk {
  readonly bytes: Buffer
  /** Bytes read so far, of the input as it is stored. */
  readonly bytesRead: number
}

/** Small enough that even gzip at its best, 1,000 to 1, makes no more than 64 MB of one chunk. */
const CHUNK_BYTES = 64 * 1024
const GZIP_MAGIC = [0x1f, 0x8b]

/**
 * The bytes of a file, or of standard input for `-`; gzip is recognised by its first bytes and unpacked. When the input
 * breaks off or is damaged, what comes before is delivered first, then the error is thrown.
 */
export async function* readBytes(path: string): AsyncGenerator<BytesChunk, void, undefined> {
  const stored = atLeastTwoBytes(path === '-' ? readStandardInput() : readFileChunks(path))
  const first = await stored.next()
  if (first.done === true) return
  const all = startingWith(first.value, stored)
  yield* GZIP_MAGIC.every((byte, index) => first.value.bytes[index] === byte) ? unpack(all) : all
}

async function* readFileChunks(path: string): AsyncGenerator<BytesChunk, void, undefined> {
  const file = await open(path)
  try {
    let bytesRead = 0
    for (;;) {
      const { bytesRead: count, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK_BYTES), 0, CHUNK_BYTES)
      if (count === 0) return
      bytesRead += count
      yield { bytes: buffer.subarray(0, count), bytesRead }
    }
  } finally {
    await file.close()
  }
}

async function* readStandardInput(): AsyncGenerator<BytesChunk, void, undefined> {
  let bytesRead = 0
  for await (const bytes of process.stdin as AsyncIterable<Buffer>) {
    bytesRead += bytes.length
    yield { bytes, bytesRead }
  }
}

/** Holds a first chunk of a single byte back until the second byte is there. */
async function* atLeastTwoBytes(chunks: AsyncIterable<BytesChunk>): AsyncGenerator<BytesChunk, void, undefined> {
  let held: Buffer = Buffer.alloc(0)
  for await (const { bytes, bytesRead } of chunks) {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes])
    if (bytesRead < GZIP_MAGIC.length) continue
    yield { bytes: held, bytesRead }
    held = Buffer.alloc(0)
  }
  if (held.length > 0) yield { bytes: held, bytesRead: held.length }
}

async function* startingWith<T>(first: T, rest: AsyncGenerator<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** One stored chunk at a time, so that no output waits inside the stream, where an error would throw it away. */
async function* unpack(chunks: AsyncIterable<BytesChunk>): AsyncGenerator<BytesChunk, void, undefined> {
  const gunzip = createGunzip()
  const unpacked: Buffer[] = []
  gunzip.on('data', (bytes: Buffer) => unpacked.push(bytes))
  // The callback of a write that fails is never called.
  const failed = new Promise<Error>((resolve) => gunzip.once('error', resolve))
  try {
    let bytesRead = 0
    for await (const chunk of chunks) {
      bytesRead = chunk.bytesRead
      const written = new Promise<null>((resolve) => gunzip.write(chunk.bytes, () => resolve(null)))
      const failure = await Promise.race([written, failed])
      for (const bytes of unpacked.splice(0)) yield { bytes, bytesRead }
      if (failure !== null) throw failure
    }
    const ended = new Promise<null>((resolve) => gunzip.once('end', () => resolve(null)))
    gunzip.end()
    const failure = await Promise.race([ended, failed])
    for (const bytes of unpacked.splice(0)) yield { bytes, bytesRead }
    if (failure !== null) throw failure
  } finally {
    gunzip.destroy()
  }
}
