const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads what ByteWriter wrote. Throws RangeError when the bytes end early. */
export class ByteReader {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.bytes.length - this.at
  }

  byte(): number {
    return this.view.getUint8(this.at++)
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.view.getUint8(this.at++)
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }

  uint48(): number {
    const low = this.view.getUint32(this.at, true)
    const high = this.view.getUint16(this.at + 4, true)
    this.at += 6
    return high * 0x1_0000_0000 + low
  }

  float32(): number {
    const value = this.view.getFloat32(this.at, true)
    this.at += 4
    return value
  }

  float64(): number {
    const value = this.view.getFloat64(this.at, true)
    this.at += 8
    return value
  }

  /** What ByteWriter.bytesOf wrote; shares the memory. */
  bytesOf(): Uint8Array {
    const length = this.varint()
    if (length > this.remaining) throw new RangeError(`Cannot read ${length} bytes: ${this.remaining} are left`)
    const from = this.at
    this.at += length
    return this.bytes.subarray(from, this.at)
  }

  skip(count: number): void {
    this.at += count
  }

  skipText(): void {
    const length = this.varint()
    this.at += length
  }

  text(): string {
    const length = this.varint()
    if (length > this.remaining)
      throw new RangeError(`Cannot read a text of ${length} bytes: ${this.remaining} are left`)
    const from = this.at
    this.at += length
    // Short ASCII, the usual case, is read without the decoder.
    if (length < 32) {
      let text = ''
      let i = from
      for (; i < this.at; i++) {
        const code = this.bytes[i]
        if (code > 127) break
        text += String.fromCharCode(code)
      }
      if (i === this.at) return text
    }
    return decoder.decode(this.bytes.subarray(from, this.at))
  }
}
