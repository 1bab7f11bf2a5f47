const encoder = new TextEncoder()

const BLOCK_BYTES = 65_536

/**
 * Little-endian numbers, variable-length integers and strings, into a block of memory that many results share: a small
 * array of its own costs more than what is written into it.
 */
export class ByteWriter {
  private bytes = new Uint8Array(BLOCK_BYTES)
  private view = new DataView(this.bytes.buffer)
  private start = 0
  private length = 0

  /** Begins a result; what was written and not taken is dropped. */
  reset(): void {
    this.length = this.start
  }

  /** What was written since the last reset. Nothing writes into it again. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(this.start, this.length)
    this.start = this.length
    return taken
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  /** Unsigned integer up to 2^53 - 1, seven bits a byte. */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Cannot write ${value} as a varint`)
    this.reserve(8)
    let rest = value
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.length++] = rest
  }

  /** Low 48 bits of a non-negative integer. */
  uint48(value: number): void {
    this.reserve(6)
    this.view.setUint32(this.length, value % 0x1_0000_0000, true)
    this.view.setUint16(this.length + 4, Math.floor(value / 0x1_0000_0000) & 0xffff, true)
    this.length += 6
  }

  float32(value: number): void {
    this.reserve(4)
    this.view.setFloat32(this.length, value, true)
    this.length += 4
  }

  float64(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** UTF-8 with its byte length in front. */
  text(value: string): void {
    const room = value.length * 3
    this.reserve(room + 5)
    // Short ASCII, the usual case, is written without the encoder.
    if (value.length < 128) {
      const start = this.length
      let at = start + 1
      let ascii = true
      for (let i = 0; i < value.length; i++) {
        const code = value.charCodeAt(i)
        if (code > 127) {
          ascii = false
          break
        }
        this.bytes[at++] = code
      }
      if (ascii) {
        this.bytes[start] = value.length
        this.length = at
        return
      }
    }
    const encoded = encoder.encode(value)
    this.varint(encoded.length)
    this.bytes.set(encoded, this.length)
    this.length += encoded.length
  }

  /** Bytes with their length in front. */
  bytesOf(value: Uint8Array): void {
    this.varint(value.length)
    this.reserve(value.length)
    this.bytes.set(value, this.length)
    this.length += value.length
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const written = this.bytes.subarray(this.start, this.length)
    this.bytes = new Uint8Array(Math.max(BLOCK_BYTES, 2 * (written.length + count)))
    this.bytes.set(written)
    this.view = new DataView(this.bytes.buffer)
    this.length = written.length
    this.start = 0
  }
}
