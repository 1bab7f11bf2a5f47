/** Text of a bad record, which may hold what moves a terminal's cursor: such characters by their numbers. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`
  })
}

/** As text where the bytes are UTF-8, else in hexadecimal digits. */
export function printableBytes(bytes: Uint8Array): string {
  try {
    return printable(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return `0x${Buffer.from(bytes).toString('hex')}`
  }
}
