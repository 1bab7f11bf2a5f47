/** What kafkajs' network layer sends, and how it reads the answer: its own requests have this shape too. */
export interface WireRequest<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    /** kafkajs asks an encoder for both. */
    readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
  }
  readonly response: {
    /** kafkajs holds back its next requests for as long as the broker asks. */
    readonly decode: (bytes: Buffer) => Promise<{ readonly answer: T; readonly clientSideThrottleTime: number }>
    readonly parse: (decoded: { readonly answer: T }) => Promise<T>
  }
}

/** Reads the fixed-size values of Kafka's protocol one after the other. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  int64(): bigint {
    this.#at += 8
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }

  string(): string {
    const length = this.int16()
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  /** A view; empty for null. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** Empty for null. */
  list<T>(read: () => T): T[] {
    const length = Math.max(0, this.int32())
    return Array.from({ length }, read)
  }
}

/** Collects values of Kafka's protocol; byte strings are kept as they are until the end. */
export class WireWriter {
  readonly #parts: Buffer[] = []

  int8(value: number): this {
    const part = Buffer.allocUnsafe(1)
    part.writeInt8(value)
    return this.#add(part)
  }

  int16(value: number): this {
    const part = Buffer.allocUnsafe(2)
    part.writeInt16BE(value)
    return this.#add(part)
  }

  int32(value: number): this {
    const part = Buffer.allocUnsafe(4)
    part.writeInt32BE(value)
    return this.#add(part)
  }

  int64(value: number): this {
    const part = Buffer.allocUnsafe(8)
    part.writeBigInt64BE(BigInt(value))
    return this.#add(part)
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1)
    const part = Buffer.from(value)
    return this.int16(part.length).#add(part)
  }

  bytes(value: Buffer): this {
    return this.int32(value.length).#add(value)
  }

  list<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length)
    for (const item of items) write(item)
    return this
  }

  end(): { readonly buf: Buffer; readonly buffer: Buffer } {
    const buffer = Buffer.concat(this.#parts)
    return { buf: buffer, buffer }
  }

  #add(part: Buffer): this {
    this.#parts.push(part)
    return this
  }
}
