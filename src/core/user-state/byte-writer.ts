const encoder = new TextEncoder()

/** A growing buffer of little-endian numbers, variable-length integers and strings. Reused through `reset`. */
export class ByteWriter {
  private bytes = new Uint8Array(1024)
  private view = new DataView(this.bytes.buffer)
  private length = 0

  reset(): void {
    this.length = 0
  }

  /** A copy of what was written since the last reset. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length)
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

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}
