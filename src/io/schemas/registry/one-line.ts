const SHOWN = 200

/** Text from elsewhere as a part of a sentence. */
export function oneLine(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain
}
